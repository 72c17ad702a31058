/**
 * The secret of a room password or an export's passphrase, which takes a good part of a second to compute on purpose (Argon2id). It is
 * worked out in a worker; where the browser has none, the same code runs here in slices between which the page can be used.
 */
import { fetchPart } from '../fetch-part.ts';
import { scriptAddress } from '../trusted.ts';
import workerAddress from './password.worker.ts?worker&url';
import type { PasswordQuestion } from './stretch.ts';

export async function stretchPassword(question: PasswordQuestion): Promise<Uint8Array> {
  try {
    return await askWorker(question);
  } catch {
    const { stretch } = await fetchPart(() => import('./stretch.ts'));
    return stretch(question);
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
