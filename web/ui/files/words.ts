/** What the page says about files, in every language of the page. It comes with the parts that say it. */
import type { Language } from '../../session/types.ts';
import { useApp } from '../context.ts';
import { ar, es, fr } from './words-more.ts';

type Failure = 'unreadable' | 'refused' | 'left' | 'damaged' | 'unwritable' | 'too-large';

const en = {
  add: 'Attach',
  choose: 'Files and pictures',
  photo: 'Take a photo',
  record: 'Voice note',
  drop: 'Drop files to attach them',
  tray: 'Files to send',
  send: (count: number) => (count === 1 ? 'Send file' : `Send ${count} files`),
  remove: (name: string) => `Remove ${name}`,
  reading: (percent: number) => `Preparing, ${percent} %`,
  looking: 'Looking at the picture …',
  cleaned: 'Place, camera and other hidden data are removed.',
  keep: 'Keep hidden data (place, camera)',
  uncleanable: 'Hidden data such as the place cannot be removed from this kind of picture. It is sent as it is.',
  refusals: { empty: 'This file is empty.', 'too-large': 'Files can have up to 2 GiB.', unreadable: 'This file could not be read.' },
  program: 'This is a program. Open it only if you expected it and trust who sent it.',
  save: 'Save',
  saveNamed: (name: string) => `Save ${name}`,
  pause: 'Pause',
  resume: 'Resume',
  cancel: 'Cancel',
  tryAgain: 'Try again',
  unshare: 'Stop sharing',
  progress: (name: string) => `Progress of ${name}`,
  speed: (amount: string) => `${amount}/s`,
  paused: 'Paused',
  saved: 'Saved',
  here: 'Received',
  withdrawn: 'No longer shared.',
  nobody: 'Nobody has fetched it yet.',
  receivers: {
    going: (name: string, percent: number) => `${name}: ${percent} %`,
    stopped: (name: string, percent: number) => `${name}: stopped at ${percent} %`,
    done: (name: string) => `${name} has it`,
    left: (name: string) => `${name} left before it was complete`,
  },
  failures: {
    unreadable: 'It can no longer be read where it is.',
    refused: 'The sender will not send it again.',
    left: 'The sender left before it was complete.',
    damaged: 'What arrived is not what was offered, so it was thrown away.',
    unwritable: 'It could not be saved. Is the disk full?',
    'too-large': 'This browser cannot take a file of this size.',
  } satisfies Record<Failure, string>,
  missing: 'This part of the page could not be fetched.',
  open: (name: string) => `Open picture ${name}`,
  unshowable: 'This picture cannot be shown here. You can save it.',
  viewer: 'Pictures',
  previous: 'Previous picture',
  next: 'Next picture',
  of: (place: number, count: number) => `${place} of ${count}`,
  voice: 'Voice note',
  play: 'Play',
  stop: 'Pause playing',
  seek: 'Place in the voice note',
  recording: (time: string) => `Recording, ${time}`,
  sendVoice: 'Send voice note',
  discard: 'Discard',
  noMicrophone: 'The microphone is not available. Your browser may ask for permission in the address bar.',
  units: ['B', 'KB', 'MB', 'GB'],
};

export type FilesText = typeof en;

const de: FilesText = {
  add: 'Anhängen',
  choose: 'Dateien und Bilder',
  photo: 'Foto aufnehmen',
  record: 'Sprachnachricht',
  drop: 'Dateien hier ablegen',
  tray: 'Dateien zum Senden',
  send: (count) => (count === 1 ? 'Datei senden' : `${count} Dateien senden`),
  remove: (name) => `${name} entfernen`,
  reading: (percent) => `Wird vorbereitet, ${percent} %`,
  looking: 'Das Bild wird angesehen …',
  cleaned: 'Ort, Kamera und andere verborgene Angaben sind entfernt.',
  keep: 'Verborgene Angaben behalten (Ort, Kamera)',
  uncleanable: 'Aus dieser Art Bild lassen sich verborgene Angaben wie der Ort nicht entfernen. Es wird gesendet, wie es ist.',
  refusals: {
    empty: 'Diese Datei ist leer.',
    'too-large': 'Dateien dürfen bis zu 2 GiB groß sein.',
    unreadable: 'Diese Datei ließ sich nicht lesen.',
  },
  program: 'Das ist ein Programm. Öffne es nur, wenn du es erwartet hast und der Person vertraust.',
  save: 'Speichern',
  saveNamed: (name) => `${name} speichern`,
  pause: 'Anhalten',
  resume: 'Fortsetzen',
  cancel: 'Abbrechen',
  tryAgain: 'Noch einmal versuchen',
  unshare: 'Nicht mehr teilen',
  progress: (name) => `Fortschritt von ${name}`,
  speed: (amount) => `${amount}/s`,
  paused: 'Angehalten',
  saved: 'Gespeichert',
  here: 'Angekommen',
  withdrawn: 'Wird nicht mehr geteilt.',
  nobody: 'Noch hat es niemand geholt.',
  receivers: {
    going: (name, percent) => `${name}: ${percent} %`,
    stopped: (name, percent) => `${name}: bei ${percent} % angehalten`,
    done: (name) => `${name} hat es`,
    left: (name) => `${name} ist gegangen, bevor es vollständig war`,
  },
  failures: {
    unreadable: 'Sie ist dort, wo sie lag, nicht mehr zu lesen.',
    refused: 'Sie wird nicht noch einmal gesendet.',
    left: 'Die Person ist gegangen, bevor sie vollständig war.',
    damaged: 'Was ankam, ist nicht das Angebotene, und wurde verworfen.',
    unwritable: 'Sie ließ sich nicht speichern. Ist der Datenträger voll?',
    'too-large': 'Dieser Browser kann keine Datei dieser Größe annehmen.',
  },
  missing: 'Dieser Teil der Seite ließ sich nicht laden.',
  open: (name) => `Bild ${name} öffnen`,
  unshowable: 'Dieses Bild lässt sich hier nicht zeigen. Du kannst es speichern.',
  viewer: 'Bilder',
  previous: 'Voriges Bild',
  next: 'Nächstes Bild',
  of: (place, count) => `${place} von ${count}`,
  voice: 'Sprachnachricht',
  play: 'Abspielen',
  stop: 'Wiedergabe anhalten',
  seek: 'Stelle in der Sprachnachricht',
  recording: (time) => `Aufnahme, ${time}`,
  sendVoice: 'Sprachnachricht senden',
  discard: 'Verwerfen',
  noMicrophone: 'Das Mikrofon ist nicht verfügbar. Vielleicht fragt der Browser oben in der Adresszeile um Erlaubnis.',
  units: ['B', 'KB', 'MB', 'GB'],
};

const words: Record<Language, FilesText> = { en, de, es, fr, ar };

/** To be called while a component is set up; the result follows the language. */
export function useFilesText(): () => FilesText {
  const app = useApp();
  return () => words[app.language];
}

/** "12.3 MB", in thousands as people's file managers count. */
export function amount(bytes: number, { units }: FilesText, locale: string): string {
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const digits = power === 0 ? 0 : 1;
  return `${(bytes / 1000 ** power).toLocaleString(locale, { maximumFractionDigits: digits })} ${units[power]}`;
}

/** "1:05". */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
