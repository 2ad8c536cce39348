// The computer's microphone as that of a telephone: WAV, 8 kHz, 16 bits, one channel, as carriers give recordings.

const RATE = 8000;
const LONGEST_MS = 120000;
const HEADER = 44;

// Begins to listen; gives a function that ends it and gives what was spoken. Fails when there is no microphone or it is refused.
export async function listen() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const recorder = new MediaRecorder(stream);
  const parts = [];
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  const ended = new Promise((resolve) => recorder.addEventListener("stop", resolve));
  const stop = () => recorder.state !== "inactive" && recorder.stop();
  recorder.start();
  const limit = setTimeout(stop, LONGEST_MS);
  return async () => {
    clearTimeout(limit);
    stop();
    await ended;
    for (const track of stream.getTracks()) track.stop();
    return toWav(await asTelephone(await new Blob(parts).arrayBuffer()));
  };
}

async function asTelephone(bytes) {
  const context = new AudioContext();
  const heard = await context.decodeAudioData(bytes).finally(() => context.close());
  const line = new OfflineAudioContext(1, Math.max(1, Math.ceil(heard.duration * RATE)), RATE);
  const source = line.createBufferSource();
  source.buffer = heard;
  source.connect(line.destination);
  source.start();
  return (await line.startRendering()).getChannelData(0);
}

function toWav(samples) {
  const view = new DataView(new ArrayBuffer(HEADER + 2 * samples.length));
  const write = (at, text) => [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  write(0, "RIFF");
  view.setUint32(4, HEADER - 8 + 2 * samples.length, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, 2 * RATE, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  write(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, i) => view.setInt16(HEADER + 2 * i, Math.max(-1, Math.min(1, sample)) * 0x7fff, true));
  return view.buffer;
}
