/** The desk for files off the page's own thread. */
import { FilesDesk, type FilesOrder } from './files-desk.ts';

declare const self: DedicatedWorkerGlobalScope;

const desk = new FilesDesk((report, transfer = []) => self.postMessage(report, transfer));

self.onmessage = ({ data }: MessageEvent<FilesOrder>) => desk.take(data);
