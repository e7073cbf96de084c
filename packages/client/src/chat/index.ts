/** Orrery behind the AI SDK's chats: `useChat` of React, `Chat` of Svelte, and the like. Without a dependency on either. */
export { orreryChatTransport } from "./chat-transport.ts";
export type {
  ChatMessage,
  ChatRequest,
  OrreryChatTransport,
  OrreryChatTransportOptions,
} from "./chat-transport.ts";
export type { ChatChunk } from "./taken-back.ts";
