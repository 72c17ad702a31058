/**
 * Every size, count and time of the protocol, in one place (protocol.md "Errors and limits").
 * Names carry the unit. The relay's own settings may be stricter, never looser.
 */

const second = 1000;
const minute = 60 * second;

export const limits = {
  // people
  /** A full mesh of pairwise handshakes stays affordable up to here. */
  members: 64,
  nameBytes: 64,
  textBytes: 32 * 1024,
  /** A text above one frame is split into at most so many. */
  textParts: 4,

  // sizes on the wire
  /** Whole-frame sizes; the relay and the network see no other. */
  buckets: [256, 512, 1024, 2048, 4096, 8192, 16384] as readonly number[],
  frameBytes: 16384,
  handshakeFrameBytes: 2048,
  /** Of a rekey, whose frames travel as bodies of 2048-byte PAIR frames: less header, tag, length and ctype. */
  rekeyFrameBytes: 2048 - 13 - 16 - 2 - 1,
  /** SEND or RECV with the largest frame: type, address, frame. */
  relayMessageBytes: 1 + 16 + 16384,
  /** The longest of them inside a pipe: its length, and a tag. */
  pipeMessageBytes: 2 + (1 + 16 + 16384) + 16,
  inviteBytes: 1024,
  /** Of those that an invite names, a page dials no more. */
  roomRelays: 4,

  // handshakes
  handshakesInFlight: 8,
  pendingResponders: 8,
  handshakeMs: 20 * second,
  /** Silence after which the other side may start the handshake. */
  handshakeSilenceMs: 10 * second,
  handshakeBackoffMs: [1, 2, 4, 8, 16, 32, 60].map((s) => s * second) as readonly number[],
  rehandshakeMs: minute,
  seenEphemerals: 4096,
  passwordGuessesPerMember: 3,
  passwordGuessWindowMs: 10 * minute,
  /** Of all members together; then newcomers have to be let in. */
  roomGuessesPerHour: 10,

  // ratchets
  windowAhead: 512,
  skippedKeysPerChain: 512,
  skippedKeysPerPeer: 2048,
  skippedKeyMs: 120 * second,
  generationMessages: 100,
  generationMs: 10 * minute,
  oldGenerationMs: minute,
  oldSignerMs: 10 * minute,
  rekeyMs: 20 * minute,
  rekeysInFlight: 4,
  oldPairChainMs: 30 * second,
  unknownKidFrames: 64,
  unknownKidMs: 10 * second,
  undecryptableFrames: 3,
  undecryptableMs: 10 * second,
  maxSeq: 2 ** 31 - 1,
  maxGeneration: 2 ** 31 - 1,

  // delivery
  resendFrames: 200,
  ackDelayMs: 40,
  /** Spans that one ACK may hold. */
  ackSpans: 64,
  /** Numbers that one ACK may name; what it names beyond is passed over. */
  ackNumbers: 4096,
  resendAfterMs: [2, 4, 8, 16, 30].map((s) => s * second) as readonly number[],
  historyMessages: 10_000,
  outboxMessages: 500,
  mentions: 16,
  emojiBytes: 40,
  /** Of one person on one message, put or taken back. */
  reactionsOfOne: 16,
  reactionsOnMessage: 512,
  reactionsInRoom: 65_536,
  /** Changes of one author that wait for the message they are about. */
  waitingChanges: 128,
  waitingChangeMs: 10 * minute,
  /** From one member, sustained; its burst is four times that. */
  memberFramesPerSecond: 50,

  // files
  fileBytes: 2 ** 31,
  /** Bars of a voice note's picture. */
  voiceLevels: 64,
  // what members tell each other about records
  syncRecords: 20,
  syncMs: 30 * second,
  /** Entries of one SYNC: members, and authors who have left. */
  syncAuthors: 128,
  /** Records of one author that are kept to be passed on. */
  keptRecords: 200,
  keptRecordMs: 10 * minute,
  /** Spans that one RESEND_REQ may hold. */
  resendSpans: 32,
  /** Records that a member hands out to one other in a minute. */
  passedPerMinute: 400,
  sharedMessages: 200,
  sharedBytes: 512 * 1024,
  /** Generations of its own that a member vouches for towards a newcomer. */
  sharedKeys: 256,

  // presence
  typingAfterMs: 500,
  typingMs: 3 * second,
  /** After so long without another word of it nobody types any more. */
  typingEndsMs: 8 * second,
  readMs: 2 * second,
  pingMs: 15 * second,
  pingJitter: 0.25,
  staleMs: 40 * second,
  /** After so long without a sign of life, and no seat at the relay, a member is gone. */
  goneMs: minute,
  /** After so long without a sign of life a member is gone whatever the relay says. */
  goneAnywayMs: 15 * minute,
  /** After so long without a sign of life a member that has not come along in a move is gone. */
  strandedMs: 3 * minute,
  /** For so long a member that fell silent is led to where the room has moved meanwhile: a night's sleep. */
  strayMs: 12 * 60 * minute,
  rosterMismatchMs: 5 * second,
  rosterUnresolvedMs: 20 * second,
  /** Comparing with the whole room takes so long at most. */
  compareMs: 60 * second,

  // paths
  bothPathsMs: 5 * second,
  pathProbeMs: 2 * second,
  pathProbesLost: 3,
  linkDeadlineMs: 15 * second,
  linkBackoffMs: [5, 15, 60].map((s) => s * second) as readonly number[],

  // calls
  /** People in one call: everybody sends to everybody. */
  callMembers: 8,
  callBackoffMs: [1, 3, 10].map((s) => s * second) as readonly number[],
  /** Attempts at a leg that one member may begin in `callAttemptsMs`. */
  callAttempts: 12,
  callAttemptsMs: 30 * second,
  /** Who entered so short a time ago gives way to another who did, where both took the last place. */
  callSettleMs: 5 * second,

  // ways in
  /** A spoken code is good for so long, and once. */
  codeMs: 10 * minute,
  /** Frames that either side of a code or a knock may send: a handshake, each message repeated a few times. */
  doorFrames: 24,
  listingTitleBytes: 80,
  listingTopicBytes: 240,
  /** Members who are asked at once whether to open. */
  doorkeepers: 4,
  /** Visitors before one door at a time. */
  knocksPending: 8,
  /** How long one waits outside. */
  knockMs: 5 * minute,

  // relay connection, seen by the client
  dialMs: 5 * second,
  /** The same of an onion, where every answer may take four times as long. */
  onionDialMs: 20 * second,
  dialBackoffMs: [0.25, 0.5, 1, 2].map((s) => s * second) as readonly number[],
  /** About a minute: a relay that restarts is back by then, and must be found within three seconds. */
  dialQuickAttempts: 30,
  dialSlowMs: 15 * second,
} as const;

/** How long a relay at this origin may take to answer. */
export function dialMs(origin: string): number {
  return origin.endsWith('.onion') ? limits.onionDialMs : limits.dialMs;
}
