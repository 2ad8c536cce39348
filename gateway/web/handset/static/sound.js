// What the ear gets: key tones, ringing, and the gateway's voice where the browser can speak.

const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477];
const KEYS = "123456789*0#";
let context = null;

export const sound = { on: true };

function tones(frequencies, seconds, volume = 0.06) {
  if (!sound.on) return;
  try {
    context ??= new AudioContext();
    const gain = context.createGain();
    gain.gain.value = volume;
    gain.connect(context.destination);
    for (const frequency of frequencies) {
      const oscillator = context.createOscillator();
      oscillator.frequency.value = frequency;
      oscillator.connect(gain);
      oscillator.start();
      oscillator.stop(context.currentTime + seconds);
    }
  } catch {
    // A browser without sound is a telephone with captions.
  }
}

export function keyTone(key) {
  const place = KEYS.indexOf(key);
  if (place >= 0) tones([ROWS[Math.floor(place / 3)], COLUMNS[place % 3]], 0.14);
}

export const ring = () => tones([425, 480], 0.9, 0.04);
export const beep = () => tones([1000], 0.4);

// Carriers' language tags, as browsers' voices are called.
const VOICES = { cmn: "zh-CN", zh: "zh-CN", yue: "zh-HK", en: "en-US" };

export function speak(text, tag) {
  if (!sound.on || !("speechSynthesis" in window) || !text) return;
  const utterance = new SpeechSynthesisUtterance(text);
  const language = (tag || "zh").split("-")[0];
  utterance.lang = VOICES[language] ?? tag;
  utterance.rate = 0.9;
  speechSynthesis.speak(utterance);
}

export function hush() {
  if ("speechSynthesis" in window) speechSynthesis.cancel();
}

export function play(url) {
  if (sound.on) new Audio(url).play().catch(() => {});
}
