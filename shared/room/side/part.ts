/** What members tell each other beside messages, as one part of the room (side-part.ts). It holds no state of its own. */
import { decodeSide } from '../../wire/passed.ts';
import type { SidePart } from '../side-part.ts';
import { callDeed, callDue, heardCall, introduceCall, leftCall, wakeCall } from './call.ts';
import { heardRequest, sendBare } from './hand-out.ts';
import { forwardToServed } from './hand-past.ts';
import { heardHistory, introducePast, pastDue, tidyPast, wakePast } from './past.ts';
import { heardPresence, introducePresence, markRead, presenceDue, setAway, setSharing, setTyping, wakePresence } from './presence.ts';
import { askForMissing, heardResend } from './resend.ts';
import { heardSync, syncDue, wakeSync } from './sync.ts';

export const sidePart: SidePart = {
  heard(turn, peer, member, inner) {
    const record = decodeSide(inner);
    switch (record.type) {
      case 'resend-request':
        heardRequest(turn, peer, member, record);
        return null;
      case 'resend':
        return heardResend(turn, member, record);
      case 'history':
        heardHistory(turn, peer, member, record);
        return null;
      case 'call':
        heardCall(turn, peer, member, record);
        return null;
      case 'presence':
        heardPresence(turn, peer, member, record);
        return null;
    }
  },
  heardSync,
  met(turn, peer, member) {
    introducePresence(turn, peer, member);
    introducePast(turn, peer, member);
    introduceCall(turn, peer, member);
  },
  left: leftCall,
  deed(turn, deed) {
    switch (deed.type) {
      case 'typing':
        setTyping(turn, deed.on);
        return;
      case 'away':
        setAway(turn, deed.on);
        return;
      case 'read':
        markRead(turn, deed.id);
        return;
      case 'share':
        setSharing(turn, deed.sharing);
        return;
      case 'call':
        callDeed(turn, deed.deed);
    }
  },
  changed: forwardToServed,
  sendBare,
  due: (room) => Math.min(syncDue(room), presenceDue(room), pastDue(room), callDue(room)),
  wake(turn) {
    wakeSync(turn);
    wakePresence(turn);
    wakePast(turn);
    wakeCall(turn);
  },
  tidy(turn) {
    askForMissing(turn);
    tidyPast(turn);
  },
};
