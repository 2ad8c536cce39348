// Talking to the simulated telephone company that serves this page.

const path = (number, what) => `/simulator/phones/${encodeURIComponent(number)}${what}`;

async function ask(url, method = "GET", body = undefined) {
  const options = method === "GET" ? {} : { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) };
  const answer = await fetch(url, options);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

export const contacts = () => ask("/simulator/contacts");
export const wording = (language) => ask(`/simulator/wording?language=${encodeURIComponent(language)}`);
export const sendText = (number, to, body) => ask(path(number, "/texts"), "POST", { to, body });
export const dial = (number, to) => ask(path(number, "/calls"), "POST", { to });
export const press = (number, keys) => ask(path(number, "/keys"), "POST", { keys });
export const speak = async (number, wav) => ask(path(number, "/speech"), "POST", { sound: await base64(wav) });
export const answer = (number) => ask(path(number, "/answer"), "POST");
export const hangUp = (number) => ask(path(number, "/hang_up"), "POST");
export const behave = (number, behaviour) => ask("/simulator/phones", "POST", { number, behaviour });
export const markRead = (number) => ask(path(number, "/read"), "POST");

const base64 = (bytes) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result.split(",")[1]);
  reader.onerror = reject;
  reader.readAsDataURL(new Blob([bytes]));
});

// Calls `changed` with every telephone that changed, and `online` with whether the company answers; for ever.
export async function watch(changed, online) {
  let since = 0;
  for (;;) {
    try {
      const news = await ask(`/simulator/events?since=${since}&seconds=${since ? 25 : 0}`);
      since = news.version < since ? 0 : news.version;
      online(true);
      news.phones.forEach(changed);
      if (!news.phones.length && since === 0) await pause(1000);
    } catch {
      online(false);
      await pause(1500);
    }
  }
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
