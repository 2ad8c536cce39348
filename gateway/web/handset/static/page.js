// The table with the telephones on it: which are out, in which language, and whom they call.

import * as company from "./company.js";
import { Handset } from "./handset.js";
import * as sounds from "./sound.js";
import { Tour } from "./tour.js";

const FIRST_PHONES = 3;
const CHOSEN = new URLSearchParams(location.search);

class Page {
  constructor() {
    this.phones = new Map();
    this.handsets = new Map();
    this.contacts = [];
    this.sentences = {};
    this.tour = new Tour(this);
    this.out = JSON.parse(localStorage.getItem("out") ?? "null");
  }

  async start() {
    await this.setLanguage(CHOSEN.get("language") ?? localStorage.getItem("language") ?? "zh");
    await this.loadContacts();
    setInterval(() => this.loadContacts(), 30_000);
    setInterval(() => this.ring(), 3000);
    const box = document.getElementById("sound");
    box.addEventListener("change", () => { sounds.sound.on = box.checked; if (!box.checked) sounds.hush(); });
    await company.watch((phone) => this.changed(phone), (online) => { document.getElementById("offline").hidden = online; });
  }

  // --- words ---

  say(key, values = {}) {
    return (this.sentences[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }

  async setLanguage(language) {
    const catalogue = await company.wording(language);
    this.sentences = catalogue.sentences;
    this.language = catalogue.language;
    localStorage.setItem("language", this.language);
    document.documentElement.lang = this.language;
    document.title = this.say("title");
    document.querySelectorAll("[data-say]").forEach((element) => { element.textContent = this.say(element.dataset.say); });
    this.showLanguages(catalogue.languages);
    this.showContacts();
    this.handsets.forEach((handset) => handset.render());
    this.showRoster();
    this.tour.show();
  }

  showLanguages(languages) {
    const names = new Intl.DisplayNames([this.language], { type: "language", fallback: "code" });
    const own = (code) => new Intl.DisplayNames([code], { type: "language" }).of(code) ?? names.of(code);
    const buttons = languages.toSorted().reverse().map((code) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: own(code) });
      button.setAttribute("aria-pressed", String(code === this.language));
      button.lang = code;
      button.addEventListener("click", () => this.setLanguage(code));
      return button;
    });
    const group = document.getElementById("languages");
    group.setAttribute("aria-label", this.say("language"));
    group.replaceChildren(...buttons);
  }

  tell(key) {
    const offline = document.getElementById("offline");
    offline.hidden = false;
    offline.textContent = this.say(key);
    setTimeout(() => { offline.hidden = true; offline.textContent = this.say("offline"); }, 4000);
  }

  // --- whom to call ---

  async loadContacts() {
    try {
      this.contacts = await company.contacts();
      this.showContacts();
    } catch {
      // The watch says that the company is away.
    }
  }

  showContacts() {
    const select = document.getElementById("line");
    const chosen = select.value;
    const options = this.contacts.map((contact) => new Option(`${contact.name} ${contact.number}`, contact.number));
    select.replaceChildren(...(options.length ? options : [new Option(this.say("no_line"), "")]));
    if (this.contacts.some((contact) => contact.number === chosen)) select.value = chosen;
  }

  line() { return document.getElementById("line").value; }
  nameOf(number) { return this.contacts.find((contact) => contact.number === number)?.name ?? number; }

  // "0571…" as dialled in the country of the chosen line, or a full number after "00".
  fullNumber(dialled) {
    if (dialled.startsWith("00")) return `+${dialled.slice(2)}`;
    const known = this.contacts.find((contact) => contact.number.endsWith(dialled.replace(/^0/, "")));
    return known && dialled.length > 4 ? known.number : `+${dialled}`;
  }

  // --- the telephones ---

  changed(phone) {
    const isNew = !this.phones.has(phone.number);
    this.phones.set(phone.number, phone);
    this.handsets.get(phone.number)?.show(phone);
    if (isNew && this.isOut(phone.number)) this.putOut(phone.number);
    this.tour.changed(phone);
    if (isNew) this.tour.show();
    this.showRoster();
  }

  isOut(number) {
    return this.out ? this.out.includes(number) : [...this.phones.keys()].indexOf(number) < FIRST_PHONES;
  }

  putOut(number) {
    const handset = new Handset(this.phones.get(number), this);
    this.handsets.set(number, handset);
    document.getElementById("table").append(handset.element);
    handset.part(".thread").scrollTop = handset.part(".thread").scrollHeight;
  }

  putAway(number) {
    this.handsets.get(number)?.element.remove();
    this.handsets.delete(number);
    this.remember();
  }

  // A telephone that is put on the table if it was not there, and looked at.
  bring(number) {
    if (!this.phones.has(number)) return null;
    if (!this.handsets.has(number)) { this.putOut(number); this.remember(); }
    const handset = this.handsets.get(number);
    handset.element.scrollIntoView({ block: "nearest" });
    return handset;
  }

  toggle(number) {
    if (this.handsets.has(number)) this.putAway(number);
    else this.putOut(number);
    this.remember();
    this.handsets.get(number)?.element.scrollIntoView({ behavior: "smooth", block: "nearest" });
  }

  remember() {
    this.out = [...this.handsets.keys()];
    localStorage.setItem("out", JSON.stringify(this.out));
    this.showRoster();
  }

  showRoster() {
    const roster = document.getElementById("roster");
    const buttons = [...this.phones.values()].map((phone) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: phone.name || phone.number });
      button.setAttribute("aria-pressed", String(this.handsets.has(phone.number)));
      button.classList.toggle("calls", Boolean(phone.call) && !phone.call.over);
      if (phone.unread) {
        button.append(" ", Object.assign(document.createElement("span"), { className: "count", textContent: `✉ ${phone.unread}` }));
      }
      button.addEventListener("click", () => this.toggle(phone.number));
      return button;
    });
    const focused = [...roster.children].indexOf(document.activeElement);
    roster.replaceChildren(...(buttons.length ? buttons : [this.say("no_phones")]));
    if (focused >= 0) roster.children[focused]?.focus();
  }

  ring() {
    if ([...this.handsets.values()].some((handset) => handset.isRinging)) sounds.ring();
  }
}

new Page().start();
