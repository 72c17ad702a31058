/**
 * What the page says to someone who joins and talks, in English. The rest is in `en-more.ts`, which comes with the parts
 * that say it. Other languages have the same shape, so a missing sentence is a type error. A sentence with a number or a
 * name in it is a function: each language has its own plural and word order. Words marked "name" are accessible names
 * that tests and assistive tools rely on.
 */
import type { Delivery } from '../../shared/room/types.ts';

const others = (n: number) => (n === 1 ? '1 other' : `${n} others`);
const messages = (n: number) => (n === 1 ? '1 message' : `${n} messages`);

export const en = {
  locale: 'en',
  failed: 'That did not work. Please try again.',
  partMissing: 'This part of the page could not be loaded. Is the relay reachable?',

  you: {
    name: 'Your name', // name
    nameMeans: 'Others see the name you choose. Nobody checks it.',
    nameTooLong: 'That name is too long.',
    remember: 'Remember my name on this device',
    quiet: ['Quiet', 'Amber', 'Mossy', 'Gentle', 'Swift', 'Early', 'Misty', 'Silver'],
    animals: ['Fox', 'Owl', 'Badger', 'Otter', 'Lynx', 'Raven', 'Hare', 'Heron'],
    called: (quiet: string, animal: string) => `${quiet} ${animal}`,
  },

  connections: {
    title: 'Connections',
    relay: 'Relay',
    relayMeans: 'Passes sealed messages on. It sees your network address and when you are here, never what is said.',
    direct: 'Direct where possible',
    directMeans: 'People in the room can see your network address.',
    relayOnly: 'Relay only',
    relayOnlyMeans: 'People in the room cannot see your network address; the relay can.',
  },

  preview: {
    protects: 'What is protected, and what is not',
    title: 'You are invited to a room',
    nothingYet: 'You are not in yet: nothing about this room has left your device.',
    ends: 'Ends',
    endsAt: (inWords: string, at: string) => `${inWords}, at ${at}`,
    endsWhenEmpty: 'When everyone has left',
    ended: 'This room has just ended. Ask for a new invite.',
    noAddress: 'This browser makes no direct connections, so everything goes through the relay.',
    join: 'Join room', // name
    decline: 'No, thanks',
  },

  room: {
    title: 'Room',
    connecting: 'Connecting …',
    joining: 'Joining …',
    connected: 'Connected',
    tor: 'over Tor',
    gateway: 'through a gateway',
    waiting: 'Waiting for the relay …',
    direct: 'Relay away, direct connections go on',
    offline: 'Offline',
    left: (time: string) => `${time} left`,
    open: 'Ends when everyone has left',
    minuteLeft: 'One minute left in this room',
    people: (n: number) => (n === 1 ? '1 person' : `${n} people`),
    invite: 'Invite',
    leave: 'Leave room', // name
    call: 'Call', // name
    find: 'Search in this room', // name
    menu: 'Menu', // name
    settings: 'Settings',
  },

  forget: 'Forget everything', // name
  forgetMeans: 'Wipes keys, messages and everything stored, at once and without asking. Or press Esc three times.',

  messages: {
    label: 'Messages', // name
    you: 'You',
    newBelow: (n: number) => (n === 0 ? 'To the newest' : n === 1 ? '1 new message' : `${n} new messages`),
    whole: 'Show all of it',
    less: 'Show less',
    today: 'Today',
    yesterday: 'Yesterday',
    empty: 'Nothing has been said yet.',
    unseenFrom: 'New',
    toUnseen: 'To the first unread',
    deleted: 'This message was deleted.',
    readBy: (n: number) => (n === 1 ? ', read by 1' : `, read by ${n}`),
    missing: (n: number, who: string) => `${messages(n)} from ${who} ${n === 1 ? 'is' : 'are'} missing here`,
    delivery: (d: Delivery) => {
      if (d.state === 'sending')
        return { 'no-path': 'Sending: waiting for a connection', 'nobody-here': 'Waiting for someone to join', 'handing-over': 'Sending' }[
          d.why
        ];
      if (d.state === 'sent') return d.to === 0 ? 'Sent' : `Sent, delivered to ${d.to} of ${d.of}`;
      if (d.state === 'delivered') return 'Delivered to all';
      return d.to === 0 ? 'Not delivered: they left before it arrived' : `Delivered to ${d.to} of ${d.of}; the rest left before it arrived`;
    },
  },

  comings: {
    joined: (who: string, more: number) => (more === 0 ? `${who} came in` : `${who} and ${others(more)} came in`),
    left: (who: string, more: number) => (more === 0 ? `${who} left` : `${who} and ${others(more)} left`),
    silent: (who: string, more: number) => (more === 0 ? `${who} lost the connection` : `${who} and ${others(more)} lost the connection`),
  },

  composer: {
    message: 'Message', // name
    placeholder: 'Write a message',
    send: 'Send', // name
    keys: 'Enter sends, Shift and Enter starts a new line.',
    bytes: (used: string, all: string) => `${used} of ${all} bytes`,
    tooLong: 'Too long to send in one message.',
  },
};

export type Text = typeof en;
