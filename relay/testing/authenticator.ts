/**
 * A passkey in software, as a browser hands on what one answers (WebAuthn, attestation `none`, ES256): for tests of the console without a
 * browser.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const sha256 = (bytes: string | Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
const base64url = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString('base64url');
/** Heads of CBOR (RFC 8949): byte strings of up to 255, and texts of up to 23 bytes. */
const cborBytes = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from([0x58, bytes.length]), bytes]);
const cborText = (text: string): Buffer => Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)]);

/** The person is there and was verified; with `hasKey` the key goes along. */
const present = 0x05;
const hasKey = 0x40;

export class Authenticator {
  readonly #origin: string;
  readonly #id = randomBytes(16);
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  #counter = 0;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** The answer to the options for a new key. */
  register({ challenge }: { readonly challenge: string }): object {
    const { x = '', y = '' } = this.#keys.publicKey.export({ format: 'jwk' });
    const point = (coordinate: string): Buffer => cborBytes(Buffer.from(coordinate, 'base64url'));
    // COSE: kty EC2, alg ES256, crv P-256, x, y.
    const key = Buffer.concat([Buffer.from('a501020326200121', 'hex'), point(x), Buffer.from([0x22]), point(y)]);
    const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, this.#id.length]), this.#id, key]);
    const data = Buffer.concat([this.#data(present + hasKey), attested]);
    const attestation = [Buffer.from([0xa3]), cborText('fmt'), cborText('none'), cborText('attStmt'), Buffer.from([0xa0])];
    const attestationObject = base64url(Buffer.concat([...attestation, cborText('authData'), cborBytes(data)]));
    return this.#answer({ clientDataJSON: this.#said('webauthn.create', challenge), attestationObject });
  }

  /** The answer to the options for a sign-in. */
  signIn({ challenge }: { readonly challenge: string }): object {
    const clientDataJSON = this.#said('webauthn.get', challenge);
    const authenticatorData = this.#data(present);
    const signed = Buffer.concat([authenticatorData, sha256(Buffer.from(clientDataJSON, 'base64url'))]);
    const signature = base64url(sign('sha256', signed, this.#keys.privateKey));
    return this.#answer({ clientDataJSON, authenticatorData: base64url(authenticatorData), signature });
  }

  #data(flags: number): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(++this.#counter);
    return Buffer.concat([sha256(new URL(this.#origin).hostname), Buffer.from([flags]), counter]);
  }

  #said(type: string, challenge: string): string {
    return base64url(JSON.stringify({ type, challenge, origin: this.#origin }));
  }

  #answer(response: object): object {
    const id = base64url(this.#id);
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response };
  }
}
