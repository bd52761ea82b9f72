/** The two singletons that Intune's addresses begin with. */
import { guidOf } from "../context";
import { never } from "../plant";
import { both, type Route, scopes } from "../route";

/** Whoever may read something under them may read them. */
const read = [...scopes.serviceConfig.read, ...scopes.configuration.read, ...scopes.managedDevices.read];

export const deviceManagementRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/deviceManagement",
    versions: both,
    scopes: read,
    answers: "deviceManagement",
    handle: () => ({
      status: 200,
      entity: {
        id: guidOf("deviceManagement"),
        accountMoveCompletionDateTime: never,
        intuneAccountId: guidOf("intuneAccount"),
        legacyPcManangementEnabled: false,
        settings: null,
        subscriptionState: "active",
      },
    }),
  },
  {
    method: "GET",
    path: "/deviceAppManagement",
    versions: both,
    scopes: scopes.apps.read,
    answers: "deviceAppManagement",
    handle: () => ({ status: 200, entity: { id: guidOf("deviceAppManagement") } }),
  },
];
