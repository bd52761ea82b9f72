/** The registry: a resource is one file and one line here. */
import type { ResourceType } from "../resource";
import { appDeployment } from "./app-deployment";
import { deployment } from "./deployment";
import { emailProfile } from "./email-profile";
import { exchangeAccessPolicy } from "./exchange-access-policy";
import { exchangeConnector } from "./exchange-connector";
import { scepCertificate } from "./scep-certificate";
import { trustedCertificate } from "./trusted-certificate";

export const resourceTypes = {
  EmailProfile: emailProfile,
  Deployment: deployment,
  ExchangeConnector: exchangeConnector,
  ExchangeAccessPolicy: exchangeAccessPolicy,
  TrustedCertificate: trustedCertificate,
  ScepCertificate: scepCertificate,
  AppDeployment: appDeployment,
} satisfies Record<string, ResourceType>;

export type Kind = keyof typeof resourceTypes;
