// One telephone: its screen, its keys, and what its holder does with it.

import * as company from "./company.js";
import * as microphone from "./microphone.js";
import * as sounds from "./sound.js";

const KEYS = [["1", ""], ["2", "ABC"], ["3", "DEF"], ["4", "GHI"], ["5", "JKL"], ["6", "MNO"],
  ["7", "PQRS"], ["8", "TUV"], ["9", "WXYZ"], ["*", ""], ["0", "+"], ["#", ""]];

// What a telephone can be told to do, as the company calls it; "" is an ordinary one.
const BEHAVIOURS = ["", "switched_off", "no_answer", "busy", "declines", "machine", "slow_typist", "landline", "text_fails"];
// How long the canned words take.
const TALK_MS = 4000;

export class Handset {
  constructor(phone, page) {
    this.page = page;
    this.phone = phone;
    this.dialled = "";
    this.typing = "";
    this.listening = null;
    this.putAside = phone.call?.over ? phone.call.sid : "";
    this.spoken = { sid: phone.call?.sid, count: phone.call?.moments.length ?? 0 };
    this.element = document.getElementById("handset").content.firstElementChild.cloneNode(true);
    this.part = (name) => this.element.querySelector(name);
    this.addKeys();
    this.listen();
    this.show(phone);
  }

  addKeys() {
    for (const [key, letters] of KEYS) {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.key = key;
      button.append(key, Object.assign(document.createElement("small"), { textContent: letters }));
      button.addEventListener("click", () => this.pressKey(key));
      this.part(".keypad").append(button);
    }
  }

  listen() {
    this.part(".green").addEventListener("click", () => this.pressGreen());
    this.part(".red").addEventListener("click", () => this.pressRed());
    this.part(".ready-made").addEventListener("click", () => this.talk());
    this.part(".microphone").addEventListener("click", () => (this.listening ? this.handIn() : this.speak()));
    this.part(".behaviour select").addEventListener("change", (event) => this.attempt(company.behave(this.phone.number, event.target.value)));
    this.part(".back").addEventListener("click", () => this.toMessages());
    this.part(".away").addEventListener("click", () => this.page.putAway(this.phone.number));
    this.part(".compose").addEventListener("submit", (event) => this.send(event));
    this.part("textarea").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.send(event);
    });
    this.element.addEventListener("click", () => this.phone.unread && this.attempt(company.markRead(this.phone.number)));
    this.element.addEventListener("keydown", (event) => this.typed(event));
  }

  // A computer's number keys press the telephone's, unless a text is being written.
  typed(event) {
    if (event.target.matches("textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    const button = this.part(`[data-key="${CSS.escape(event.key)}"]`);
    if (!button) return;
    button.classList.add("pressed");
    setTimeout(() => button.classList.remove("pressed"), 120);
    this.pressKey(event.key);
  }

  get inCall() { return Boolean(this.phone.call) && !this.phone.call.over; }
  get isRinging() { return this.inCall && this.phone.call.status === "ringing" && this.phone.call.direction !== "inbound"; }

  pressKey(key) {
    sounds.keyTone(key);
    if (this.isRinging) return;
    if (this.inCall) {
      sounds.hush();
      this.typing += key;
      this.attempt(company.press(this.phone.number, key));
      this.render();
      return;
    }
    this.dialled = (this.dialled + key).slice(0, 18);
    this.render();
  }

  pressGreen() {
    if (this.isRinging) this.attempt(company.answer(this.phone.number));
    if (this.inCall) return;
    const to = this.dialled ? this.page.fullNumber(this.dialled) : this.page.line();
    this.dialled = "";
    if (to) this.attempt(company.dial(this.phone.number, to));
    this.render();
  }

  pressRed() {
    sounds.hush();
    if (this.inCall) this.attempt(company.hangUp(this.phone.number));
    else this.toMessages();
  }

  // Says something ready-made into a recording and ends it with the hash key.
  talk() {
    sounds.hush();
    sounds.speak(this.page.say("canned"), this.page.language);
    this.part(".ready-made").hidden = true;
    setTimeout(() => this.inCall && this.attempt(company.press(this.phone.number, "#")), TALK_MS);
  }

  // The holder speaks for themselves; where there is no microphone, or it is refused, the ready-made words are still there.
  async speak() {
    sounds.hush();
    try {
      this.listening = await microphone.listen();
    } catch {
      this.page.tell("no_microphone");
    }
    this.render();
  }

  // Gives the company what was spoken and ends the recording with the hash key.
  async handIn() {
    const end = this.listening;
    this.listening = null;
    this.render();
    try {
      await company.speak(this.phone.number, await end());
    } catch {
      this.page.tell("no_microphone");
    }
    if (this.inCall) await this.attempt(company.press(this.phone.number, "#"));
  }

  // The recording ended in another way: nobody listens any more.
  stopListening() {
    const end = this.listening;
    this.listening = null;
    end?.().catch(() => {});
  }

  toMessages() {
    this.dialled = "";
    this.putAside = this.phone.call?.sid ?? "";
    this.render();
  }

  async send(event) {
    event.preventDefault();
    const [box, button, to] = [this.part("textarea"), this.part(".compose button"), this.page.line()];
    const body = box.value.trim();
    if (!body || !to || button.disabled) return;
    button.disabled = true;
    button.textContent = this.page.say("sending");
    box.value = "";
    if (!(await this.attempt(company.sendText(this.phone.number, to, body)))) {
      box.value = body;
      this.page.tell("not_sent");
    }
    button.disabled = false;
    button.textContent = this.page.say("send");
  }

  async attempt(promise) {
    try {
      await promise;
      return true;
    } catch {
      return false;
    }
  }

  // --- what is seen and heard ---

  show(phone) {
    this.phone = phone;
    if (phone.call && !phone.call.over) this.voice(phone.call);
    this.render();
  }

  voice(call) {
    if (this.spoken.sid !== call.sid) this.spoken = { sid: call.sid, count: 0 };
    for (const moment of call.moments.slice(this.spoken.count)) {
      if (moment.kind === "say") sounds.speak(moment.text, moment.language);
      if (moment.kind === "play") sounds.play(moment.text);
      if (moment.kind === "beep") sounds.beep();
    }
    if (this.spoken.count !== call.moments.length) this.typing = "";
    this.spoken.count = call.moments.length;
  }

  render() {
    const { phone, page } = this;
    const call = phone.call;
    const showsCall = Boolean(call) && (!call.over || call.sid !== this.putAside) && !this.dialled;
    const name = phone.name || phone.number;
    this.part(".owner").textContent = name;
    this.part(".mark").textContent = phone.unread ? `✉ ${page.say("unread", { count: phone.unread })}` : "";
    this.part(".screen").setAttribute("aria-label", page.say("screen_of", { name }));
    const missed = isMissed(call);
    this.part(".phone").classList.toggle("missed", missed);
    if (missed && !this.part(".mark").textContent) this.part(".mark").textContent = `☎ ${page.say("missed")}`;
    this.part(".texts").hidden = showsCall;
    this.part(".call").hidden = !showsCall;
    this.part(".phone").classList.toggle("ringing", this.isRinging);
    this.part(".dialled").hidden = !this.dialled;
    this.part(".dialled").textContent = this.dialled;
    this.part(".green").disabled = this.inCall && !this.isRinging;
    this.renderLabels();
    this.renderThread();
    if (showsCall) this.renderCall(call);
    this.renderCards();
  }

  renderLabels() {
    const { page } = this;
    this.part(".green span").textContent = page.say(this.isRinging ? "answer" : "call");
    this.part(".red span").textContent = page.say(this.dialled ? "clear" : "hang_up");
    this.part(".ready-made").textContent = page.say("talk");
    const choice = this.part(".behaviour select");
    this.part(".behaviour span").textContent = page.say("behaviour.label");
    if (choice.lang !== page.language) {
      choice.lang = page.language;
      choice.replaceChildren(...BEHAVIOURS.map((name) => new Option(page.say(`behaviour.${name || "answer"}`), name)));
    }
    if (document.activeElement !== choice) choice.value = this.phone.behaviour.split(":")[0];
    this.part(".away").setAttribute("aria-label", page.say("hide_phone"));
    this.part(".back").textContent = page.say("to_messages");
    this.part("textarea").placeholder = page.say("message_hint");
    this.part("textarea").setAttribute("aria-label", page.say("message_hint"));
    if (!this.part(".compose button").disabled) this.part(".compose button").textContent = page.say("send");
    for (const button of this.element.querySelectorAll("[data-key]")) {
      button.setAttribute("aria-label", page.say("key", { key: button.innerText.trim() || button.dataset.key }));
    }
  }

  renderThread() {
    const thread = this.part(".thread");
    const items = this.phone.messages.map((message) => line(message.body, message.mine ? "mine" : ""));
    fill(thread, items.length ? items : [line(this.page.say("no_messages"), "empty")]);
  }

  renderCall(call) {
    const { page } = this;
    const other = page.nameOf(call.to);
    this.part(".state").textContent = `${page.say(stateOf(call))} · ${other}`;
    fill(this.part(".captions"), call.moments.map((moment) => this.caption(moment)));
    const waits = { keys: "press_now", recording: "speak_now" }[call.waiting_for];
    this.part(".prompt").textContent = waits && !call.over ? page.say(waits) : "";
    if (this.typing && !call.over) this.part(".prompt").append(Object.assign(document.createElement("b"), { textContent: this.typing }));
    const records = !call.over && call.waiting_for === "recording";
    if (!records && this.listening) this.stopListening();
    this.part(".ready-made").hidden = !records || Boolean(this.listening);
    this.part(".microphone").hidden = !records;
    this.part(".microphone").textContent = page.say(this.listening ? "have_spoken" : "microphone");
    this.part(".back").hidden = !call.over;
  }

  caption(moment) {
    const { page } = this;
    if (moment.kind === "keys") return line(`${page.say("you_pressed")} ${moment.text}`, "own");
    if (moment.kind === "recording") return line(page.say("you_spoke", { seconds: moment.text }), "own");
    if (moment.kind === "play") return line(`♪ ${page.say("recording_played")}`, "said");
    return moment.kind === "beep" ? line(`● ${page.say("beep")}`, "") : line(moment.text, "said");
  }

  renderCards() {
    const cards = this.phone.cards.map((card) => {
      const element = Object.assign(document.createElement("div"), { className: "card" });
      element.setAttribute("aria-label", this.page.say("card_of", { name: card.name }));
      element.append(Object.assign(document.createElement("strong"), { textContent: card.name }));
      for (const [key, value] of [["card_code", card.code], ["card_pin", card.pin]]) {
        if (!value) continue;
        const label = Object.assign(document.createElement("span"), { textContent: `${this.page.say(key)} ` });
        label.append(Object.assign(document.createElement("b"), { textContent: value }));
        element.append(label);
      }
      return element;
    });
    this.part(".cards").replaceChildren(...cards);
  }
}

function isMissed(call) {
  return Boolean(call) && call.over && call.direction !== "inbound" && call.status !== "completed";
}

function stateOf(call) {
  if (isMissed(call)) return "missed";
  if (call.over) return call.status === "completed" ? "call_over" : "call_busy";
  if (call.status === "in-progress") return "in_call";
  return call.direction === "inbound" ? "calling" : "incoming";
}

function line(text, kind) {
  return Object.assign(document.createElement("li"), { textContent: text, className: kind });
}

// Puts `items` into a list and goes to its end, but leaves it alone when nothing changed, for screen readers' sake.
function fill(list, items) {
  const sameText = items.length === list.children.length
    && items.every((item, i) => item.textContent === list.children[i].textContent);
  if (sameText) return;
  let same = 0;
  while (same < Math.min(items.length, list.children.length)
    && items[same].textContent === list.children[same].textContent) same += 1;
  while (list.children.length > same) list.lastElementChild.remove();
  list.append(...items.slice(same));
  list.scrollTop = list.scrollHeight;
}
