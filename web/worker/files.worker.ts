/** The clerk for files off the page's own thread. */
import { FilesClerk, type FilesOrder } from './files-clerk.ts';

declare const self: DedicatedWorkerGlobalScope;

const clerk = new FilesClerk((report, transfer = []) => self.postMessage(report, transfer));

self.onmessage = ({ data }: MessageEvent<FilesOrder>) => clerk.take(data);
