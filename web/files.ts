/** The wiring of files, loaded with the first of them: transfers, pictures and the session's view of both, around one room's driver. */
import { browserPorts, random } from './net/browser.ts';
import type { Driver } from './net/driver.ts';
import { type FilesWorker, Transfers } from './net/transfers.ts';
import { type FindWorker, placeFor, saveBlob } from './saving.ts';
import { FilesSession } from './session/files.svelte.ts';
import { scriptAddress } from './trusted.ts';
import workerAddress from './worker/files.worker.ts?worker&url';
import type { FilesOrder, FilesReport } from './worker/files-clerk.ts';
import { Pictures } from './worker/pictures.ts';

/**
 * `resumable`: in this room a page that is loaded anew finds offers again. `isLeaving`: the page is going, and may be loaded anew.
 * `findWorker`: what downloads go through where the browser cannot ask for a place on the disk.
 */
export function openFiles(driver: Driver, resumable: boolean, isLeaving: () => boolean, findWorker: FindWorker): FilesSession {
  return new FilesSession({
    pictures: new Pictures(),
    transfers(show) {
      const transfers = new Transfers({
        now: browserPorts.now,
        after: browserPorts.after,
        random,
        sendControl: (peer, control) => driver.feed({ type: 'file-control', peer, control }),
        sendByLink: (peer, frame) => driver.sendFile(peer, frame),
        sendByRelay: (peer, frame) => driver.feed({ type: 'file-frame', peer, frame }),
        relayWaiting: () => driver.relayWaiting(),
        openWorker: filesWorker,
        show,
      });
      driver.files = transfers;
      return transfers;
    },
    feed: (input) => driver.feed(input),
    now: browserPorts.now,
    place: (file) => placeFor(file, resumable, findWorker),
    isLeaving,
    save: saveBlob,
    addressOf: (blob) => URL.createObjectURL(blob),
    forgetAddress: (address) => URL.revokeObjectURL(address),
  });
}

function filesWorker(heard: (report: FilesReport) => void, broke: () => void): FilesWorker {
  const worker = new Worker(scriptAddress(workerAddress));
  worker.onerror = broke;
  worker.onmessage = ({ data }: MessageEvent<FilesReport>) => heard(data);
  return {
    post: (order: FilesOrder, transfer = []) => worker.postMessage(order, transfer),
    close: () => worker.terminate(),
  };
}
