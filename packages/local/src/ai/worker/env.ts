import type { AISettings } from "../options.ts";
import type { GatewayObject } from "./gateway/gateway-object.ts";

/** What the plugin gives to this worker. */
export interface AIEnv {
  readonly SETTINGS: AISettings;
  readonly GATEWAYS: DurableObjectNamespace<GatewayObject>;
  readonly LOADER: WorkerLoader;
  /** The files of the library that reads PDFs. */
  readonly PDF_READER: Fetcher;
}
