/** A text that answers nobody, mentions nobody and edits nothing: what tests of chains and parts say. */
export const plain = { edits: null, reply: null, action: false, mentions: [] } as const;
