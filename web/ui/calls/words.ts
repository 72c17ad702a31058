/** What the page says about calls, in every language of the page. It comes with the parts that say it. */
import type { CallLeg, Language, Source } from '../../session/types.ts';
import { useApp } from '../context.ts';
import { ar, es, fr } from './words-more.ts';

export type NoCall = 'relay-only' | 'tor' | 'gateway' | 'webrtc' | 'devices';

const en = {
  title: 'Call',
  inCall: (who: string, count: number) => (count === 1 ? `${who} is in a call` : `${who} are in a call`),
  join: 'Join call', // name
  start: 'Start call', // name
  joinNote: 'Everyone in the call sends voice and picture straight to everyone else. They learn your network address.',
  elsewhere: 'You leave the call in the other room.',
  asking: 'Your browser asks whether this page may use the microphone.',
  microphone: 'Microphone',
  camera: 'Camera',
  speaker: 'Speaker',
  systemOwn: 'System default',
  device: (kind: string, number: number) => `${kind} ${number}`,
  level: 'How loud you are',
  preview: 'Your camera',
  joinMuted: 'Join muted',
  pushToTalk: 'Push to talk',
  pushMeans: 'You are heard only while you hold the space bar or the button.',
  lacks: {
    microphone: {
      denied: 'The microphone was refused. You can join and listen; to be heard, allow it in the browser and press Unmute.',
      missing: 'No microphone was found. You can join and listen.',
      busy: 'The microphone is in use by another program. You can join and listen.',
    },
    camera: {
      denied: 'The camera was refused. Allow it in the browser and try again.',
      missing: 'No camera was found.',
      busy: 'The camera is in use by another program.',
    },
    screen: {
      denied: 'The screen was refused.',
      missing: 'This screen cannot be shared.',
      busy: 'This screen cannot be shared now.',
    },
  } satisfies Record<Source, Record<'denied' | 'missing' | 'busy', string>>,
  full: 'The call is full: eight people are in it. You can join when somebody leaves.',
  why: {
    title: 'No calls here',
    'relay-only':
      'In this room everything goes through the relay, so that nobody here learns anybody’s network address. A call needs direct connections between you, which this room does not make.',
    tor: 'You came over Tor, which hides your network address. A call would show it to the others, so there are none on this way.',
    gateway:
      'You reach this room through a gateway to Tor. A call would go past it and show your network address, so there are none on this way.',
    webrtc: 'This browser makes no direct connections: it lacks WebRTC, or it is switched off. Everything else in this room works.',
    devices: 'This browser gives this page no microphone and no camera. Everything else in this room works.',
  } satisfies Record<'title' | NoCall, string>,
  whatInstead: 'Voice notes and files go through the relay, encrypted like everything else.',
  stage: 'Call',
  you: (name: string) => `${name} (you)`,
  legs: {
    none: 'waits for a place',
    connecting: 'connecting …',
    reconnecting: 'reconnecting …',
    verified: 'verified',
  } satisfies Record<Exclude<CallLeg, 'unauthentic'>, string>,
  verifiedMeans: 'Voice and picture are encrypted straight to the page that this person’s keys belong to.',
  unauthenticMeans: 'Error call-unauthentic: the connection ended at another certificate than this person’s. Nothing was sent over it.',
  muted: 'muted',
  speaking: 'speaking',
  screenOf: (name: string) => `Screen of ${name}`,
  yourScreen: 'You share your screen',
  videoOf: (name: string) => `Video of ${name}`,
  mute: 'Mute', // name
  unmute: 'Unmute', // name
  hold: 'Hold to talk', // name
  cameraOn: 'Turn camera on', // name
  cameraStop: 'Turn camera off', // name
  share: 'Share screen', // name
  unshare: 'Stop sharing', // name
  devices: 'Devices', // name
  leave: 'Leave call', // name
  smaller: 'Show the chat', // name
  larger: 'Show the call', // name
  inIt: (count: number) => (count === 1 ? 'Only you are in the call' : `Call with ${count} people`),
  alone: 'Nobody else has joined yet. Everyone in the room has been told.',
  missing: 'This part of the page could not be fetched.',
  done: 'Done', // name
};

export type CallText = typeof en;

const de: CallText = {
  title: 'Anruf',
  inCall: (who, count) => (count === 1 ? `${who} ist in einem Anruf` : `${who} sind in einem Anruf`),
  join: 'Beitreten',
  start: 'Anruf beginnen',
  joinNote: 'Alle im Anruf senden Stimme und Bild unmittelbar an alle anderen. Sie erfahren dabei deine Netzadresse.',
  elsewhere: 'Den Anruf im anderen Raum verlässt du damit.',
  asking: 'Dein Browser fragt, ob diese Seite das Mikrofon benutzen darf.',
  microphone: 'Mikrofon',
  camera: 'Kamera',
  speaker: 'Lautsprecher',
  systemOwn: 'Wie im System',
  device: (kind, number) => `${kind} ${number}`,
  level: 'Wie laut du bist',
  preview: 'Deine Kamera',
  joinMuted: 'Stumm beitreten',
  pushToTalk: 'Zum Sprechen drücken',
  pushMeans: 'Man hört dich nur, solange du die Leertaste oder den Knopf hältst.',
  lacks: {
    microphone: {
      denied:
        'Das Mikrofon wurde verweigert. Du kannst beitreten und zuhören; um gehört zu werden, erlaube es im Browser und schalte den Ton ein.',
      missing: 'Kein Mikrofon gefunden. Du kannst beitreten und zuhören.',
      busy: 'Ein anderes Programm benutzt das Mikrofon. Du kannst beitreten und zuhören.',
    },
    camera: {
      denied: 'Die Kamera wurde verweigert. Erlaube sie im Browser und versuche es noch einmal.',
      missing: 'Keine Kamera gefunden.',
      busy: 'Ein anderes Programm benutzt die Kamera.',
    },
    screen: {
      denied: 'Der Bildschirm wurde verweigert.',
      missing: 'Dieser Bildschirm lässt sich nicht teilen.',
      busy: 'Dieser Bildschirm lässt sich jetzt nicht teilen.',
    },
  },
  full: 'Der Anruf ist voll: acht Leute sind darin. Du kannst beitreten, wenn jemand geht.',
  why: {
    title: 'Hier gibt es keine Anrufe',
    'relay-only':
      'In diesem Raum geht alles über das Relais, damit niemand hier eine Netzadresse erfährt. Ein Anruf braucht unmittelbare Verbindungen zwischen euch, und die gibt es in diesem Raum nicht.',
    tor: 'Du bist über Tor gekommen, das deine Netzadresse verbirgt. Ein Anruf würde sie den anderen zeigen, also gibt es auf diesem Weg keine.',
    gateway:
      'Du erreichst diesen Raum durch ein Tor-Gateway. Ein Anruf ginge daran vorbei und würde deine Netzadresse zeigen, also gibt es auf diesem Weg keine.',
    webrtc: 'Dieser Browser stellt keine unmittelbaren Verbindungen her: ihm fehlt WebRTC, oder es ist abgeschaltet. Alles andere geht.',
    devices: 'Dieser Browser gibt dieser Seite weder Mikrofon noch Kamera. Alles andere geht.',
  },
  whatInstead: 'Sprachnachrichten und Dateien gehen über das Relais, verschlüsselt wie alles andere.',
  stage: 'Anruf',
  you: (name) => `${name} (du)`,
  legs: {
    none: 'wartet auf einen Platz',
    connecting: 'verbindet sich …',
    reconnecting: 'verbindet sich wieder …',
    verified: 'geprüft',
  },
  verifiedMeans: 'Stimme und Bild sind unmittelbar zu der Seite verschlüsselt, der die Schlüssel dieser Person gehören.',
  unauthenticMeans:
    'Fehler call-unauthentic: Die Verbindung endete bei einem anderen Zertifikat als dem dieser Person. Es wurde nichts darüber gesendet.',
  muted: 'stumm',
  speaking: 'spricht',
  screenOf: (name) => `Bildschirm von ${name}`,
  yourScreen: 'Du teilst deinen Bildschirm',
  videoOf: (name) => `Video von ${name}`,
  mute: 'Stummschalten',
  unmute: 'Ton einschalten',
  hold: 'Zum Sprechen halten',
  cameraOn: 'Kamera einschalten',
  cameraStop: 'Kamera ausschalten',
  share: 'Bildschirm teilen',
  unshare: 'Nicht mehr teilen',
  devices: 'Geräte',
  leave: 'Anruf verlassen',
  smaller: 'Chat zeigen',
  larger: 'Anruf zeigen',
  inIt: (count) => (count === 1 ? 'Nur du bist im Anruf' : `Anruf mit ${count} Leuten`),
  alone: 'Noch ist niemand sonst beigetreten. Alle im Raum wissen davon.',
  missing: 'Dieser Teil der Seite ließ sich nicht laden.',
  done: 'Fertig',
};

const words: Record<Language, CallText> = { en, de, es, fr, ar };

/** To be called while a component is set up; the result follows the language. */
export function useCallText(): () => CallText {
  const app = useApp();
  return () => words[app.language];
}
