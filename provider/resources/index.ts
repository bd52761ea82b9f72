/** The registry: a resource is one file and one line here. */
import type { ResourceType } from "../resource";
import { deployment } from "./deployment";
import { emailProfile } from "./email-profile";
import { exchangeConnector } from "./exchange-connector";

export const resourceTypes = {
  EmailProfile: emailProfile,
  Deployment: deployment,
  ExchangeConnector: exchangeConnector,
} satisfies Record<string, ResourceType>;

export type Kind = keyof typeof resourceTypes;
