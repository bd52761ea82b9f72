/** What the tenant does on its own as its clock moves: devices check in, connectors sync. */
import type { TenantContext } from "./context";

export interface Task {
  /** The tenant's time at which it is due. */
  dueMs: number;
  /** For messages, such as `quick sync of Contoso Mail`. */
  name: string;
  /** Does it; afterwards the task is due later or not at all. */
  run(context: TenantContext): void;
}
