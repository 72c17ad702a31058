/**
 * The secret of a room password, which takes a good part of a second to compute on purpose (Argon2id). It is worked out in a worker;
 * where the browser has none, the same code runs here in slices between which the page can be used.
 */
import { scriptAddress } from '../trusted.ts';
import type { PasswordQuestion } from './password.worker.ts';
import workerAddress from './password.worker.ts?worker&url';

export async function stretchPassword(question: PasswordQuestion): Promise<Uint8Array> {
  try {
    return await askWorker(question);
  } catch {
    const { passwordSecret } = await import('../../shared/handshake/password.ts');
    return passwordSecret(question.password, question.roomPub);
  }
}

async function askWorker(question: PasswordQuestion): Promise<Uint8Array> {
  const worker = new Worker(scriptAddress(workerAddress));
  try {
    return await new Promise<Uint8Array>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<Uint8Array>) => resolve(data);
      worker.onerror = reject;
      worker.postMessage(question);
    });
  } finally {
    worker.terminate(); // its memory holds the password
  }
}
