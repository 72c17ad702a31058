/**
 * A bare Trystero room over a relay of one's own, the floor for a thin peer-to-peer chat. The strategy is the one that
 * its README documents (`createTopicStrategy` over a WebSocket that publishes and subscribes), on its own socket.
 */
import { createTopicStrategy, makeSocket, toJson } from '@trystero-p2p/core';
import { barePage } from './page.ts';

const listeners = new Map<string, (topic: string, payload: string) => void>();

const joinRoom = createTopicStrategy({
  init: () => {
    const client = makeSocket(`ws://${location.host}`, (data) => {
      const { topic, payload } = JSON.parse(data) as { topic: string; payload: string };
      listeners.get(topic)?.(topic, payload);
    });
    return client.ready;
  },
  subscribeTopic: (client, topic, onMessage) => {
    listeners.set(topic, onMessage);
    client.send(toJson({ type: 'subscribe', topic }));
    return () => client.send(toJson({ type: 'unsubscribe', topic }));
  },
  publishTopic: (client, topic, payload) => client.send(toJson({ type: 'publish', topic, payload })),
});

const room = joinRoom({ appId: 'bench', rtcConfig: { iceServers: [] } }, location.hash.slice(1));
const chat = room.makeAction<string>('chat');
const page = barePage((text) => void chat.send(text));
const show = () => page.people(Object.keys(room.getPeers()));
chat.onMessage = (text) => page.said(text);
room.onPeerJoin = show;
room.onPeerLeave = show;
