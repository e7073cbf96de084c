/** Cloudflare's names of the tasks, with what its list says of each. */
export const tasks = {
  "Text Generation": "Family of generative text models, such as large language models (LLM).",
  "Text Embeddings": "Feature extraction models that turn text into vectors.",
  "Text-to-Image": "Generates images from input text.",
  "Text Classification": "Sentiment analysis or text classification.",
  Summarization: "Produces a shorter version of a document with its most important information.",
  Translation: "Converts a sequence of text from one language to another.",
  "Automatic Speech Recognition": "Converts speech into text.",
  "Text-to-Speech": "Turns text into speech.",
  "Voice Activity Detection": "Detects speech in audio.",
  "Image Classification": "Assigns a label to an image.",
  "Image-to-Text": "Outputs a text from a given image.",
} as const;

export type Task = keyof typeof tasks;

export interface Model {
  /** As `run` takes it: `@cf/<author>/<model>`. */
  name: string;
  task: Task;
  /** What text generation answers in: `{response}`, or OpenAI's chat completions as newer models do. */
  wire: "native" | "chat";
  /** Length of an embedding; 0 for other tasks. */
  dimensions: number;
  /** Images come as `{image}` in base64, or as the file itself. */
  imageAs: "base64" | "file";
  /** Tokens that fit; null where it is not known. */
  contextWindow: number | null;
}
