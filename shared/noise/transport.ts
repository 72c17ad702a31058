/**
 * What a finished handshake becomes (Noise 5.3): one cipher to send with and one to receive with. A type of its own, so that
 * nothing can be sent before the handshake is over and nothing of the handshake can be used after.
 */
import type { CipherState } from './cipher.ts';
import type { HandshakeState } from './handshake.ts';

const nothing = new Uint8Array(0);

export class Transport {
  /** `h` of the whole handshake: the channel binding (Noise 11.2). */
  readonly handshakeHash: Uint8Array;
  readonly sending: CipherState;
  readonly receiving: CipherState;

  /** Ends `handshake`, which this side ran as the initiator or not. In a one-way protocol only the initiator may send (Noise 7.4). */
  constructor(handshake: HandshakeState, initiator: boolean) {
    this.handshakeHash = handshake.handshakeHash;
    const [initiators, responders] = handshake.split();
    this.sending = initiator ? initiators : responders;
    this.receiving = initiator ? responders : initiators;
  }

  send(plaintext: Uint8Array): Uint8Array {
    return this.sending.encryptWithAd(nothing, plaintext);
  }

  /** Throws `unauthentic` where the message is not the next one of the other side; the right one may still come. */
  receive(ciphertext: Uint8Array): Uint8Array {
    return this.receiving.decryptWithAd(nothing, ciphertext);
  }
}
