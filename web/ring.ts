/**
 * Rings: a notification of the system, a sound, or both. Fetched at the first ring. A notification names nobody and quotes nothing
 * unless that was asked for: systems keep them, sync them and show them on locked screens.
 */
import type { Bell } from './session/bell.ts';
import { moreText } from './text/more.ts';

const name = 'Hushroom';
const longestBody = 200;

/** True once notifications are allowed. */
export async function mayNotify(): Promise<boolean> {
  if (typeof Notification !== 'function') return false;
  return (await Notification.requestPermission()) === 'granted';
}

export function ring(bell: Bell): void {
  if (bell.sound) chime();
  if (bell.notify) void notify(bell);
}

function bodyOf({ content, message }: Bell): string {
  const { bell, door } = moreText();
  if (message.text === undefined) return content ? door.wants(message.name || door.nameless) : bell.knocked;
  return content ? message.text.slice(0, longestBody) : bell.said;
}

async function notify(bell: Bell): Promise<void> {
  const { content, message, show } = bell;
  if (typeof Notification !== 'function' || Notification.permission !== 'granted') return;
  const title = (content && message.name) || name;
  const options = {
    body: bodyOf(bell),
    icon: '/icon-192.png',
    tag: 'said',
    silent: true,
  };
  try {
    const notification = new Notification(title, options);
    notification.onclick = () => {
      window.focus();
      show();
      notification.close();
    };
  } catch {
    // Phones let only the service worker show one; it brings the page back when it is pressed.
    const worker = await navigator.serviceWorker?.getRegistration();
    await worker?.showNotification(title, options);
  }
}

let audio: AudioContext | undefined;

/** Two soft notes, a fourth apart. Made here, so that no file has to be kept. */
function chime(): void {
  audio ??= new AudioContext();
  void audio.resume();
  const gain = audio.createGain();
  gain.connect(audio.destination);
  const start = audio.currentTime;
  for (const [place, hertz] of [659.3, 880].entries()) {
    const note = audio.createOscillator();
    const at = start + place * 0.13;
    note.frequency.value = hertz;
    note.connect(gain);
    note.start(at);
    note.stop(at + 0.5);
  }
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(0.12, start + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.001, start + 0.6);
}
