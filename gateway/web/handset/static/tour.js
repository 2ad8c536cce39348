// The guided tour: four things to do in a minute, each ticked off when it has really happened on one of the telephones.

const STEPS = [
  { name: "raise", number: "+8613900000002", fill: "tour.raise.text", done: (phone) => answered(phone, /^(议题|topic)/i) },
  { name: "vote_text", number: "+8613900000002", fill: "tour.vote_text.text", done: (phone) => received(phone, /回执|receipt/i) },
  { name: "vote_call", number: "+8613900000001", done: (phone) => heard(phone, /回执|receipt number/i) },
  { name: "result", number: "+8613900000001", done: (phone) => heard(phone, /食堂|canteen/i) },
];

const kept = (name) => JSON.parse(sessionStorage.getItem(name) ?? "[]");
const keep = (name, values) => sessionStorage.setItem(name, JSON.stringify([...values]));
const received = (phone, sign) => phone.messages.some((message) => !message.mine && sign.test(message.body));
const heard = (phone, sign) => (phone.call?.moments ?? []).some((moment) => moment.kind === "say" && sign.test(moment.text));
function answered(phone, sign) {
  const at = phone.messages.findIndex((message) => message.mine && sign.test(message.body));
  return at >= 0 && phone.messages.slice(at).some((message) => !message.mine);
}

export class Tour {
  constructor(page) {
    this.page = page;
    this.list = document.getElementById("steps");
    this.finished = new Set(kept("tour"));
    this.seen = new Set(kept("tour_seen"));
    this.old = new Set(kept("tour_old"));
  }

  changed(phone) {
    const fresh = this.sinceTheTourBegan(phone);
    const before = this.finished.size;
    for (const step of STEPS) if (step.done(fresh)) this.finished.add(step.name);
    if (this.finished.size === before) return;
    keep("tour", this.finished);
    this.show();
  }

  // Without what a telephone held when it was first seen here: others have used these telephones before.
  sinceTheTourBegan(phone) {
    if (!this.seen.has(phone.number)) {
      this.seen.add(phone.number);
      for (const { sid } of [...phone.messages, ...(phone.call ? [phone.call] : [])]) this.old.add(sid);
      keep("tour_seen", this.seen);
      keep("tour_old", this.old);
    }
    const isNew = ({ sid }) => !this.old.has(sid);
    return { messages: phone.messages.filter(isNew), call: phone.call && isNew(phone.call) ? phone.call : null };
  }

  show() {
    const { page } = this;
    const next = STEPS.find((step) => !this.finished.has(step.name));
    this.list.replaceChildren(...STEPS.map((step) => this.item(step, step === next)));
    document.getElementById("tour_end").textContent = next ? "" : page.say("tour.end");
  }

  item(step, isNext) {
    const { page } = this;
    const item = document.createElement("li");
    const done = this.finished.has(step.name);
    item.className = done ? "done" : isNext ? "next" : "";
    if (isNext) item.setAttribute("aria-current", "step");
    const holder = page.phones.get(step.number)?.name ?? "";
    item.append(Object.assign(document.createElement("strong"), { textContent: `${done ? "✓ " : ""}${page.say(`tour.${step.name}.title`)}` }));
    item.append(Object.assign(document.createElement("p"), { textContent: page.say(`tour.${step.name}.how`, { name: holder }) }));
    if (isNext) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: page.say(step.fill ? "tour.write" : "tour.take") });
      button.addEventListener("click", () => this.lead(step));
      item.append(button);
    }
    return item;
  }

  // Puts the telephone on the table, with the text written but not sent, or the green key ready to be pressed.
  lead(step) {
    const handset = this.page.bring(step.number);
    if (!handset) return;
    if (!step.fill) { handset.part(".green").focus(); return; }
    handset.toMessages();
    const box = handset.part("textarea");
    box.value = this.page.say(step.fill);
    box.focus();
  }
}
