/**
 * Data channels and nothing else: what the browser itself costs. The newcomer says hello, everyone there offers to it.
 * It does not dial its server again; whoever wants that, and order, and encryption, has left the floor.
 */
import { barePage } from './page.ts';

interface Signal {
  readonly from: string;
  readonly to?: string;
  readonly description?: RTCSessionDescriptionInit;
  readonly candidate?: RTCIceCandidateInit;
}

const me = crypto.randomUUID();
const topic = location.hash.slice(1);
const peers = new Map<string, RTCPeerConnection>();
const channels = new Map<string, RTCDataChannel>();
const page = barePage((text) => {
  for (const channel of channels.values()) channel.send(text);
});
const socket = new WebSocket(`ws://${location.host}`);
const signal = (payload: Omit<Signal, 'from'>) =>
  socket.send(JSON.stringify({ type: 'publish', topic, payload: { from: me, ...payload } }));

function connect(to: string): RTCPeerConnection {
  const peer = new RTCPeerConnection({ iceServers: [] });
  const channel = peer.createDataChannel('chat', { negotiated: true, id: 0 });
  const show = () => page.people([...channels.keys()]);
  channel.onopen = () => {
    channels.set(to, channel);
    show();
  };
  channel.onclose = () => {
    channels.delete(to);
    show();
  };
  channel.onmessage = ({ data }) => page.said(data as string);
  peer.onicecandidate = ({ candidate }) => candidate && signal({ to, candidate: candidate.toJSON() });
  peers.set(to, peer);
  return peer;
}

socket.onopen = () => {
  socket.send(JSON.stringify({ type: 'subscribe', topic }));
  signal({});
};
socket.onmessage = async ({ data }) => {
  const { from, to, description, candidate } = (JSON.parse(data as string) as { payload: Signal }).payload;
  if (to !== undefined && to !== me) return;
  const peer = peers.get(from) ?? connect(from);
  if (candidate) await peer.addIceCandidate(candidate);
  else {
    if (description) await peer.setRemoteDescription(description);
    if (description?.type === 'answer') return;
    await peer.setLocalDescription();
    signal({ to: from, description: peer.localDescription!.toJSON() });
  }
};
