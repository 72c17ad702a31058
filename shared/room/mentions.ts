/**
 * How a text names people (protocol.md "Messages"): by eight bytes of a hash of the static key, which two of the same name do not share and
 * which stays when a page that is kept is loaded anew. Whoever a text names and nobody here has met is named by the tag.
 */
import { equal, hex } from '../bytes.ts';
import { labelledHash } from '../primitives.ts';
import type { Turn } from './state.ts';
import type { Mention } from './types.ts';

export function whoOf(staticKey: Uint8Array): Uint8Array {
  return labelledHash('tag', staticKey).subarray(0, 8);
}

export function mentionOf({ room }: Turn, who: Uint8Array): Mention {
  if (equal(whoOf(room.me.statics.public), who)) return { peer: 'me', name: room.me.name, tag: room.me.tag };
  for (const author of room.authors.values())
    if (equal(whoOf(author.staticKey), who)) return { peer: author.id, name: author.name, tag: author.tag };
  return { peer: null, name: '', tag: hex(who.subarray(0, 4)) };
}

/** The fields of a message that follow from its mentions. */
export function mentioning(mentions: readonly Mention[]): { mentions?: readonly Mention[]; mentionsMe?: true } {
  if (mentions.length === 0) return {};
  return mentions.some(({ peer }) => peer === 'me') ? { mentions, mentionsMe: true } : { mentions };
}
