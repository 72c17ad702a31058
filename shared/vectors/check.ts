/** What a vector file is turned into: named checks, each of which passes, throws, or says that it does not apply. */

export interface Check {
  readonly name: string;
  /** Throws where the vector does not hold, and `NotImplemented` where it is for another suite. */
  readonly run: () => void | Promise<void>;
}

/** The vector is for something that this project does not have. */
export class NotImplemented extends Error {
  override readonly name = 'NotImplemented';
}
