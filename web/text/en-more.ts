/** What the page says in the parts that are fetched when wanted, in English. */
import type { EndReason, PeerPath, RelayState } from '../../shared/room/types.ts';
import type { Access, DoorFault, InviteFault, MissingFeature, Theme } from '../session/types.ts';

/** A page that says one thing. */
export interface Saying {
  readonly title: string;
  readonly body: string;
}

const messages = (n: number) => (n === 1 ? '1 message' : `${n} messages`);

export const enMore = {
  close: 'Close',
  later: 'Later',
  dismiss: 'Dismiss',
  copied: 'Copied',
  goHome: 'To the start page',
  newRoom: 'Open a new room',
  tryAgain: 'Try again',

  home: {
    title: 'A quiet room for a private talk',
    lead: 'Open a room, send the link, talk. When it ends, it is gone.',
    honest:
      'What you write can be read only by people who have the link. The relay passes it on without being able to read it, but it does see network addresses, times and rough sizes, and you trust whoever serves you this page.',
    create: 'Create a room',
    createButton: 'Create room', // name
    lifetime: 'It lasts',
    lifetimes: { 5: '5 minutes', 60: '1 hour', 1440: '24 hours', 'until-empty': 'Until everyone has left' },
    addPassword: 'Add a password',
    join: 'Have an invite?',
    pasteLabel: 'Paste an invite link',
    pasteButton: 'Open invite',
    offline: 'You are offline. A room needs a connection to start.',
  },

  password: {
    label: 'Room password', // name
    show: 'Show',
    toCreate: 'Tell it to your people some other way than the link.',
    toJoin: 'This room asks for a password as well. Whoever invited you has it.',
  },

  faults: {
    cut: {
      title: 'This invite is incomplete',
      body: 'Part of the link is missing. Long links are sometimes cut when they are copied or wrapped onto two lines: copy all of it and try again.',
    },
    edited: {
      title: 'This invite has been changed',
      body: 'At least one character differs from what was sent, so it cannot be trusted. Ask for the link again and copy it without retyping.',
    },
    expired: {
      title: 'This room has ended',
      body: 'The invite was only good for a while, and rooms do not come back. Ask for a new one, or open a room yourself.',
    },
    'newer-version': {
      title: 'This invite needs a newer Hushroom',
      body: 'It was made by a version that this page does not know. Reload the page to get the newest one, or open the link at the relay it came from.',
    },
    'not-an-invite': {
      title: 'This is not an invite',
      body: 'An invite is a long link that ends in a row of letters and digits after a # sign. Paste the whole link here.',
    },
  } satisfies Record<InviteFault, Saying> as Record<InviteFault, Saying>,

  people: {
    away: 'away',
    label: 'People', // name
    you: (name: string) => `You are ${name}`,
    paths: {
      direct: 'direct',
      relayed: 'relayed',
      turn: 'TURN',
      carried: 'through a member',
      reconnecting: 'reconnecting',
    } satisfies Record<PeerPath, string> as Record<PeerPath, string>,
    pathMeans: {
      direct: 'straight between your devices',
      relayed: 'through the relay',
      turn: 'through a TURN server',
      carried: 'no relay reaches you both, so a member carries what you seal for each other; files wait',
      reconnecting: 'out of reach right now',
    } satisfies Record<PeerPath, string> as Record<PeerPath, string>,
    verify: 'Verify', // name
    verified: 'Verified',
    mismatch: 'Emoji did not match',
    nobody: 'Nobody else is here yet.',
    unknown: (n: number) =>
      `${n === 1 ? '1 connection' : `${n} connections`} at the relay could not prove having the invite. They can read nothing.`,
    names: 'Names are chosen by their owners. The colour and the short code come from the key and tell equal names apart.',
  },

  invite: {
    title: 'Invite people',
    alone: 'You are the only one here',
    aloneMeans: 'Send the link to whoever should come. Treat it like a key: anyone who has it can walk in.',
    link: 'Invite link', // name
    copy: 'Copy invite link', // name
    share: 'Share …',
    qr: 'QR code of the invite link',
    copyByHand: 'The link is selected: copy it with Ctrl+C or by a long press.',
    tor: 'The same invite, for Tor Browser', // name
    outside: 'The same invite, for other browsers', // name
    password: 'They will also need the password. Send it some other way.',
    keep: 'Keep this page open: a room lives only as long as someone is in it.',
  },

  reach: {
    alsoTor: 'The invite also opens in Tor Browser, at the onion of this relay.',
    alsoOutside: 'The invite also opens outside Tor, at the ordinary address of this relay.',
    onionOnly: 'Only over Tor',
    onionOnlyMeans: 'Everyone has to come through the onion of this relay. No connections between people, and no gateways.',
    fellows: 'Carry the room at other relays as well',
    fellowsMeans: 'The room goes on while one of its relays can be reached. Each of them sees what a relay sees.',
  },

  way: {
    title: 'Your path', // name
    you: 'you',
    relay: 'relay',
    gateway: 'gateway',
    tor: 'Tor',
    room: 'room',
    relays: 'Relays', // name
    means: {
      relay: 'The relay sees your network address and when you are here, never what is said.',
      tor: 'The relay sees when you are here, but not your network address: you came over Tor.',
      gateway: (gateway: string) =>
        `${gateway} sees your network address and that you go to an onion. It sees neither which room, nor who is in it, nor what is said. The relay of the room does not see your address.`,
      visit: (page: string) => `This room is at another relay. Joining opens its own page, at ${page}.`,
    },
    noDirect: 'Direct connections to people are never made on this way, whatever the room allows.',
    several: 'The room goes on while one of these relays can be reached.',
    states: { connected: 'connected', connecting: 'connecting', waiting: 'out of reach', refused: 'not in use' } satisfies Record<
      RelayState,
      string
    > as Record<RelayState, string>,
    torOnly: {
      title: 'This room can be reached only over Tor',
      promised:
        'It was made so that nobody in it has an address that could be seen. It cannot be entered from this page, nor through a gateway.',
      'no-gateway': 'It is at an onion, and the relay of this page takes nobody there.',
      'no-key': 'It is at an onion, and this invite does not hold the key by which the far end of a gateway is checked.',
      open: 'Open this link in Tor Browser', // name
      copy: 'Copy link', // name
    },
  },

  doors: {
    codeLabel: 'Type a spoken code', // name
    codeButton: 'Use code', // name
    codeMeans: 'Three words and a number that someone inside reads out to you. They work only at this address.',
    fitting: 'Words that fit',
    checking: 'Asking whoever made the code …',
    list: 'Rooms listed here', // name
    faults: {
      'not-a-code': 'That is not a code. It is a number and three words, like 7-crystal-window-potato.',
      gone: 'There is no such code or room here, or no longer. Codes are good for ten minutes and for one person, and only at the address where they were made.',
      busy: 'Too much at once. Wait half a minute and try again.',
      off: 'This relay does not list rooms.',
      nobody: 'Nobody is at the door of this room right now. Try again later.',
      incompatible: 'The relay does not understand this page. Reload it and try again.',
      unreachable: 'The relay cannot be reached. Check your connection and try again.',
      'wrong-code': 'The words did not fit, and that used the code up. Ask for a new one: each can be tried only once.',
      forged: 'The list says something about this room that the room itself did not say. Do not trust it.',
    } satisfies Record<DoorFault, string> as Record<DoorFault, string>,
  },

  spoken: {
    title: 'Read it out instead',
    means: (relay: string) => `A short code for someone on the phone. They open ${relay} and type it there; it works nowhere else.`,
    make: 'Make a spoken code', // name
    another: 'Make another code', // name
    code: 'Spoken code', // name
    good: (left: string) => `Good for ${left}, for one person and one try.`,
    drop: 'Withdraw the code',
    states: {
      making: 'Making a code …',
      claimed: 'Somebody has typed a code with this number. Checking the words …',
      used: 'The code was used. They have the invite now.',
      wrong: 'Somebody typed this number with wrong words, so the code is burned. Nothing was given away. Make another one.',
      'went-away': 'Somebody began to use the code and went away. It is burned. Make another one.',
      over: 'The time of this code is over.',
    },
  },

  listings: {
    title: 'Rooms listed here',
    lead: (relay: string) =>
      `These rooms at ${relay} chose to be seen by everyone. All others stay hidden: nobody can find them or even tell whether they exist.`,
    search: 'Search the list', // name
    searchMeans: 'You search on your own device. The relay does not learn what you look for.',
    reading: 'Reading the list …',
    empty: 'No room is listed here right now.',
    emptyMeans: 'Open a room yourself. Whether it is listed is up to you, in its menu.',
    nothing: 'No listed room has these words.',
    more: 'Show more',
    rooms: 'Listed rooms', // name
    people: (n: number) => (n === 1 ? '1 person inside' : `${n} people inside`),
    ends: (inWords: string) => `ends ${inWords}`,
    open: 'Ends when everyone has left',
    access: {
      open: 'Anyone may enter',
      code: 'By spoken code: ask someone inside for one',
      knock: 'By knocking',
    } satisfies Record<Access, string> as Record<Access, string>,
    enter: 'Look at the invite', // name
    knock: 'Knock', // name
    knockTitle: (room: string) => `Knock at “${room}”`,
    knockMeans: 'Those inside see your name and seven emoji, and let you in or not. They do not see your network address.',
    knockStates: {
      knocking: 'Knocking …',
      heard: 'They have heard you. Wait until someone opens.',
      declined: 'They do not let anyone in right now.',
      unanswered: 'Nobody opened within five minutes.',
    },
    compare: 'If someone inside calls you to make sure: they see one of these rows.',
    stop: 'Stop knocking',
    again: 'Knock again',
    back: 'Back to the start page', // name
  },

  door: {
    listed: 'Everyone can see this room in the list of its relay.',
    change: 'Change', // name
    knocks: 'At the door', // name
    wants: (who: string) => `${who} wants to come in`,
    nameless: 'Someone without a name',
    compare: 'Seven emoji that they see as well',
    letIn: 'Let in', // name
    decline: 'Decline', // name
    title: 'In the list of rooms',
    means: (relay: string) =>
      `Anyone who opens ${relay} can then see the title, the topic, how many people are here and when the room ends. The names and messages of the room stay private.`,
    name: 'Title', // name
    topic: 'Topic', // name
    how: 'How people come in',
    ways: {
      knock: { name: 'By knocking', means: 'You see who it is and let them in or not.' },
      code: { name: 'By spoken code', means: 'You make a code for everyone who asks you for one.' },
      open: { name: 'Freely', means: 'The list holds the invite: anyone can enter and read along, also whoever runs the relay.' },
    } satisfies Record<Access, { name: string; means: string }> as Record<Access, { name: string; means: string }>,
    publish: 'Put into the list', // name
    update: 'Change the entry', // name
    withdraw: 'Take out of the list', // name
    is: 'This room is in the list.',
    isNot: 'This room is not in the list.',
    elsewhere: 'The relay of this page does not carry the room, so it cannot list it.',
    notYours: 'Only the host of this room decides about the list.',
  },

  scan: {
    open: 'Scan a QR code', // name
    title: 'Scan an invite',
    ask: 'Your browser will ask whether this page may use the camera. The picture stays on this device: it is looked at here and never sent or kept.',
    start: 'Use the camera', // name
    hold: 'Hold the QR code of an invite into the picture.',
    picture: 'What the camera sees',
    other: 'This is a QR code, but not an invite.',
    refused: 'The camera is not allowed for this page. Allow it in the settings of your browser, beside the address, and try again.',
    missing: 'There is no camera that this page could use. Paste the link instead.',
    failed: 'The camera does not start. Another program may be using it.',
    again: 'Try again',
  },

  verify: {
    title: (who: string) => `Is it really ${who}?`,
    how: (who: string) => `Call ${who} or meet, and compare. Both of you must see these seven, in this order.`,
    emoji: 'Seven emoji',
    match: 'They match', // name
    noMatch: 'They do not match',
    mismatchTitle: 'Someone may be in between',
    mismatch: (who: string) =>
      `If what ${who} sees differs, somebody may be reading along. Say nothing private here. Leave, open a new room and send its link by another way, best in person.`,
    keep: 'Stay in the room for now',
  },

  warnings: {
    offline: 'What you write is kept and sent when you are back.',
    'roster-differs': (who: string, lacks: string, unknown: number) =>
      `${lacks ? `${who} does not see ${lacks}. ` : ''}${unknown > 0 ? `${who} sees ${unknown === 1 ? 'someone' : `${unknown} people`} you do not see. ` : ''}${!lacks && unknown === 0 ? `${who} sees other people in this room than you do. ` : ''}Someone may be kept out: ask aloud who is here, or open a new room.`,
    'relay-dropped-frames': () => 'The relay had to drop something. Whatever is missing is being asked for again.',
    'member-floods': (who: string) => `${who} is sending too much. Some of it is not shown.`,
    'password-refused': () => 'Someone tried to come in with a wrong password and was turned away.',
    'member-misbehaves': (who: string) => `${who} sent something that makes no sense. It was ignored.`,
    'member-equivocates': (who: string) => `${who} told different people here different things. This is proven, not a mistake.`,
  },

  body: {
    code: 'Code',
    copyCode: 'Copy code', // name
  },

  others: (n: number) => `${n} others`,
  typing: (who: string, n: number) => `${who} ${n === 1 ? 'is' : 'are'} writing …`,

  line: {
    answers: (who: string) => `Answers ${who}`,
    answersUnknown: 'Answers a message that you do not have.',
    deleted: 'Deleted message',
    edited: 'edited',
    reactions: 'Reactions',
    reaction: (emoji: string, who: string) => `${emoji} by ${who}`,
    vanishes: (time: string) => `vanishes in ${time}`,
    passedOn: (who: string) => `passed on by ${who}, signed by its author`,
    passedOnUnproven: (who: string) => `passed on by ${who}; whether its author wrote it cannot be proven here`,
  },

  actions: {
    title: 'What to do with this message', // name
    answer: 'Reply', // name
    react: 'React', // name
    more: 'More emoji',
    emoji: 'Emoji',
    otherEmoji: 'Any other emoji',
    copy: 'Copy text', // name
    edit: 'Edit', // name
    erase: 'Delete for everyone', // name
    editing: 'Editing your message',
    answering: (who: string) => `Reply to ${who}`,
    cancel: 'Cancel', // name
    mention: 'Mention someone',
  },

  erase: {
    title: 'Delete it for everyone?',
    means: 'It disappears from every page in this room, which shows that it was deleted. Whoever has read it may remember or have kept it.',
    yes: 'Delete', // name
    no: 'Keep it',
  },

  life: {
    title: 'How long messages live',
    vanish: 'Each message vanishes', // name
    promised: 'Messages',
    vanishesAfter: (time: string) => `Each vanishes after ${time}`,
    choices: {
      0: 'with the room',
      30: '30 seconds after it was sent',
      300: '5 minutes after it was sent',
      3600: '1 hour after it was sent',
      86400: '24 hours after it was sent',
    },
    vanishMeans: 'On every page by itself. It keeps honest people tidy; it cannot stop someone from copying.',
    history: 'Newcomers see what was said before', // name
    historyMeans: 'Members hand it on, signed by whoever wrote it. Otherwise newcomers see only what is said from then on.',
  },

  keep: {
    done: 'This browser keeps it now.',
    title: 'Keep or save this room',
    after: 'When this page is reloaded or closed',
    choices: {
      nothing: { name: 'Nothing stays', means: 'The room is gone from this device. That is how it starts.' },
      room: { name: 'I can come back', means: 'Keys stay in this browser, locked to it, until the room ends or you leave.' },
      'room-and-messages': {
        name: 'I can come back, and the messages stay',
        means: 'The messages too, encrypted. Whoever can use this browser can read them.',
      },
    },
    refused: 'This browser does not let the page store anything, or the room has just ended.',
    file: 'The conversation as a file',
    fileMeans: 'As it stands on your screen now. Nobody else is told.',
    passphrase: 'Passphrase',
    sealed: 'Save encrypted',
    plain: 'Save as plain text',
  },

  kept: {
    title: 'Rooms kept here',
    as: (name: string) => `You are ${name} there`,
    until: (time: string) => `until ${time}`,
    comeBack: 'Come back',
    forget: 'Let it go',
    elsewhere: 'That did not work. The room may have ended, or be open in another window.',
  },

  rooms: {
    label: 'Rooms', // name
    onlyYou: 'Only you',
    ended: 'ended',
    another: 'Another room', // name
  },

  bell: {
    title: 'When you are looking elsewhere',
    notify: 'Notifications', // name
    refused: 'This browser does not allow them for this page. Allow notifications in the settings of the browser and try again.',
    content: 'With names and words',
    contentMeans: 'Your system may keep notifications and show them on a locked screen.',
    sound: 'A sound', // name
    quietFrom: 'Quiet from',
    quietTo: 'to',
    said: 'Someone wrote in a room.',
    knocked: 'Someone knocks at a room.',
  },

  sharing: {
    title: 'What the others see of you',
    whats: {
      typing: 'That you are writing',
      read: 'What you have read',
      delivered: 'What has reached you',
      away: 'That you are away',
    },
    means: 'What you do not show, you do not see of others.',
  },

  commands: {
    title: 'Menu', // name
    filter: 'What do you want to do?',
    nothing: 'Nothing here is called that.',
    keep: 'Keep or save this room',
    find: 'Search in this room',
    invite: 'Invite people',
    people: 'People',
    door: 'The list of rooms', // name
    verify: (who: string) => `Verify ${who}`,
    relay: 'What does the relay know about me?', // name
    protects: 'What is protected, and what is not', // name
    goTo: (room: string) => `To the room with ${room}`,
    another: 'Open another room',
    settings: 'Settings',
    theme: (name: string) => `Appearance: ${name}`,
    keys: 'Keyboard shortcuts', // name
    leave: 'Leave this room',
    forget: 'Forget everything',
  },

  keys: {
    title: 'Keyboard shortcuts',
    groups: [
      {
        name: 'Anywhere in a room',
        does: [
          'Menu of everything that can be done',
          'Search in this room; again for the search of the browser',
          'Settings',
          'This list (outside of the message field also ?)',
          'Next room',
          'Previous room',
          'Forget everything, at once',
        ],
      },
      {
        name: 'Writing',
        does: ['Send', 'New line', 'In an empty field: edit your last message', 'Mention someone', 'Give up a reply or an edit'],
      },
      {
        name: 'In the messages',
        does: ['From message to message', 'What can be done with it', 'The same as a list', 'Oldest and newest message', 'Back to writing'],
      },
    ],
  },

  protects: {
    title: 'What is protected, and what is not',
    does: 'Protected',
    doing: [
      'What you write: encrypted on your device, read only in this room. The relay cannot read or change it.',
      'Yesterday: keys are replaced all the time and thrown away. Whoever gets hold of a device later cannot open what was recorded before.',
      'Who speaks: each message is signed by its author. The seven emoji show that nobody sits in between.',
      'What remains: no account, no history at the relay. When the room ends, its keys are gone.',
    ],
    doesNot: 'Not protected',
    notDoing: [
      'That you are here: the relay sees network addresses, times and rough sizes.',
      'Your address from each other, where connections are direct. Relay only hides it from them.',
      'From the people inside: they can copy, photograph and pass on what they read. Deleting and vanishing are a courtesy, not a lock.',
      'From a lost link: whoever has it can come in. A password and the emoji help.',
      'From your own device, or from a relay that serves you a changed page. Use one you trust, or run your own.',
    ],
    soDo: 'For anything that must not go wrong: compare the emoji, choose relay only, and leave when you are done.',
  },

  relay: {
    title: 'What does the relay know about me?',
    knows: 'It knows, right now',
    who: 'Relay',
    room: 'The room',
    roomBytes: (n: number) => `${n} bytes that say nothing: a public key made from the link`,
    connections: 'Connections in it',
    address: 'Your network address',
    addressSeen: 'seen, kept for as long as you are connected',
    ends: 'The room ends',
    carried: 'Carried for you',
    carriedBytes: (sent: string, received: string) => `${sent} sent, ${received} received`,
    direct: 'Past it',
    directPeople: (n: number, all: number) => (all === 0 ? 'nobody is here' : `${n} of ${all} people are reached directly`),
    knowsNot: 'It does not know, and cannot find out',
    unknown: [
      'The link, the password, any key',
      'What is written, by whom, and to whom',
      'Your name and the names of the others',
      'What is a message and what is not: everything has one of a few sizes',
      'Whether you were in another room before',
    ],
  },

  find: {
    label: 'Search in this room', // name
    count: (n: number, all: number) => (all === 0 ? 'Nothing' : `${n} of ${all}`),
    older: 'Older match', // name
    newer: 'Newer match', // name
    close: 'Close search', // name
  },

  govern: {
    // making a room
    door: 'Who comes in, who decides',
    approval: 'I let people in',
    approvalMeans: 'Whoever has the link knocks, and waits until somebody inside opens.',
    hosted: 'I am the host',
    hostedMeans: 'You can lock and close the room, remove people, and hand this over. It lasts as long as this page.',
    // before joining
    promised: 'Door',
    promisedApproval: 'Somebody inside has to let you in.',
    // waiting outside
    waiting: 'Waiting to be let in', // name
    waitingFor: (who: string) => `${who} can let you in. They see your name and these emoji:`,
    waitingForMany: (n: number) => `${n} people here can let you in.`,
    nobodyOpens: 'Nobody is here who could let you in. It goes on by itself when they come.',
    hostAway: 'The host is not here. It goes on by itself when they come.',
    isLocked: 'The room is locked: nobody is let in at the moment.',
    saidNo: 'You were not let in.',
    stopWaiting: 'Stop waiting', // name
    // asking to come in
    wantsIn: (who: string) => `${who} wants to come in`,
    manyWantIn: (n: number) => `${n} people want to come in`,
    letIn: 'Let in', // name
    decline: 'Not now', // name
    seeAll: 'See all', // name
    asking: 'At the door', // name
    compareHint: 'In doubt, call them: they must see the same emoji.',
    // the sheet
    room: 'Room', // name
    youHost: 'You are the host of this room.',
    otherHosts: (who: string) => `${who} is the host of this room.`,
    hostGone: 'The host of this room is not here.',
    noHost: 'This room has no host: everyone decides for themselves.',
    locked: 'Locked',
    lock: 'Lock the room', // name
    unlock: 'Unlock the room', // name
    lockMeans: 'Nobody new comes in. Whoever is here stays.',
    newLink: 'New link for everyone here', // name
    newLinkMeans: 'The old link leads nowhere any more, in case somebody has it who should not. Nobody here notices a break.',
    extend: 'More time', // name
    extendMeans: 'The room goes on under a new link, for so long from now:',
    publishing: 'Members may list this room publicly', // name
    close: 'Close the room for everyone', // name
    closeSure: 'Close it for everyone?',
    closeMeans: 'The room ends for all at once, and its keys and messages are wiped here and on their devices.',
    closeNow: 'Close now', // name
    compareAll: 'Verify everyone at once', // name
    compareAllMeans: 'One row of emoji for the whole room: meet, or get on a call, and compare aloud.',
    strict: 'Say nothing while lists of people differ', // name
    strictMeans: 'If somebody sees other people than you do, your messages wait.',
    halted: 'Your messages wait: somebody sees other people in this room than you do.',
    // about one person
    more: (who: string) => `More about ${who}`, // name
    host: 'Host',
    remove: 'Remove', // name
    removeSure: (who: string) => `Remove ${who}?`,
    removeMeans: 'They are out at once. Everyone else moves to new keys and a new link, so they cannot come back with the old one.',
    removeAsks: 'This room has no host. Everyone else is asked whether they want to go on in a room without this person.',
    propose: 'Ask the others', // name
    handOver: 'Make host', // name
    mute: 'Mute for me', // name
    unmute: 'Unmute', // name
    muted: 'Muted',
    twoStories: 'Told people different things',
    // moving
    proposes: (who: string, without: string) =>
      without ? `${who} wants to go on without ${without}` : `${who} wants to move to a new link`,
    proposesMeans: 'Whoever agrees moves to new keys. Whoever does not stays here.',
    agree: 'Go along', // name
    stay: 'Stay here', // name
    youPropose: (agreed: number) => `The others are being asked. ${agreed} agreed so far.`,
    // comparing with everyone
    running: (n: number) => `Asking all ${n} devices for their part …`,
    compareTitle: 'Do all of you see the same?', // name
    compareHow: (n: number) => `All ${n} of you must see exactly these emoji, in this order. Let one read them aloud.`,
    compareStarts: (who: string) => `${who} wants to verify everyone at once`,
    allMatch: 'Everyone sees the same', // name
    notAll: 'Somebody sees others', // name
    done: 'Everyone here is verified.',
    differs: 'Somebody may be in between. Say nothing private here. Leave, open a new room, and hand its link over in person.',
    failed: {
      'people-changed': 'Somebody came or went, or not all of you see the same people. Wait until everyone is there, and start again.',
      differs:
        'The devices did not agree. Somebody may tell different people different things. Start again; if it happens again, do not trust this room.',
      'no-answer': 'Not everyone answered within a minute. Somebody may be away: start again when all are here.',
      stopped: 'It was stopped.',
    },
    again: 'Start again', // name
    stop: 'Stop', // name
    show: 'Show',
    decided: {
      'let-in': (by: string, who: string) => (by ? `${by} let ${who} in` : `You let ${who} in`),
      removed: (by: string, who: string) => (by ? `${by} removed ${who}` : `You removed ${who}`),
      locked: (by: string) => (by ? `${by} locked the room` : 'You locked the room'),
      unlocked: (by: string) => (by ? `${by} unlocked the room` : 'You unlocked the room'),
      'handed-over': (_: string, who: string) => `${who} is the host now`,
      moved: () => 'The room has a new link. The old one leads nowhere any more.',
      extended: () => 'The room has more time, and a new link.',
      call: (_: string, who: string) => `${who} has started a call`,
      'approval-forced': () => 'Too many wrong passwords: from now on somebody inside has to let newcomers in.',
      'declined-move': (by: string) => `${by} does not want to move`,
    },
  },

  leaving: {
    title: 'Leave without sending?',
    unsent: (n: number) =>
      `${messages(n)} of yours ${n === 1 ? 'has' : 'have'} not reached anyone yet. If you leave now, ${n === 1 ? 'it is' : 'they are'} lost.`,
    stay: 'Stay',
    anyway: 'Leave anyway',
  },

  ended: {
    left: {
      title: 'You have left',
      body: 'The keys and messages of this room are wiped from this device. What the others read, they may keep.',
    },
    expired: { title: 'The time is up', body: 'The room has ended for everyone. Its keys and messages are wiped from this device.' },
    full: { title: 'This room is full', body: 'It holds no more people. Ask someone inside to leave first, or open another room.' },
    refused: {
      title: 'The relay turned you away',
      body: 'It does not accept this room here, or not for so long. Ask for a new invite, or open another room.',
    },
    'wrong-password': {
      title: 'The password did not fit',
      body: 'Nobody inside could let you in with it. Ask whoever invited you, and try again.',
    },
    replaced: {
      title: 'Continued somewhere else',
      body: 'Another page took your seat in this room. The keys and messages are wiped from this one.',
    },
    removed: {
      title: 'You were removed',
      body: 'The host of this room, or those who were in it, went on without you. The keys and messages are wiped from this device.',
    },
    closed: {
      title: 'The host has closed this room',
      body: 'It has ended for everyone. Its keys and messages are wiped from this device.',
    },
    incompatible: {
      title: 'Two versions that do not fit',
      body: 'This page and the room speak different versions. Reload the page, or ask for a new invite.',
    },
  } satisfies Record<EndReason, Saying> as Record<EndReason, Saying>,

  settings: {
    title: 'Settings',
    theme: 'Appearance',
    themes: { system: 'Like the device', light: 'Light', dark: 'Dark', contrast: 'High contrast' } satisfies Record<
      Theme,
      string
    > as Record<Theme, string>,
    language: 'Language',
    install: 'Install Hushroom',
    missing: 'In this browser',
    lacks: {
      webrtc: 'No direct connections: everything goes through the relay.',
      'service-worker': 'The page cannot open while you are offline.',
      storage: 'Your name cannot be remembered.',
      share: 'There is no share sheet: copy the link instead.',
      clipboard: 'Links are copied by hand.',
    } satisfies Record<MissingFeature, string> as Record<MissingFeature, string>,
    update: 'A new version is ready.',
    updateInRoom: 'A new version is ready. Updating reloads the page, and with that you leave this room.',
    updateNow: 'Update now',
  },
};

export type MoreText = typeof enMore;
