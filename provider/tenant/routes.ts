/** All endpoints of the tenant: one row each, service by service. */
import { metadataXml } from "./csdlXml";
import { adminApiRoutes } from "./exchange/adminApi";
import { both, type Route } from "./route";
import { assignmentRoutes } from "./services/assignments";
import { connectorRoutes } from "./services/connectors";
import { deviceConfigurationRoutes } from "./services/deviceConfigurations";
import { groupRoutes } from "./services/groups";
import { managedDeviceRoutes } from "./services/managedDevices";
import { mobileAppRoutes } from "./services/mobileApps";
import { simulationRoutes } from "./services/simulation";
import { statusRoutes } from "./services/statuses";
import { userRoutes } from "./services/users";

const metadataRoute: Route = {
  method: "GET",
  path: "/$metadata",
  versions: both,
  scopes: [],
  handle: (_context, { version }) => ({
    status: 200,
    body: metadataXml(version, routes),
    mediaType: "application/xml",
  }),
};

export const routes: readonly Route[] = [
  metadataRoute,
  ...deviceConfigurationRoutes,
  ...assignmentRoutes,
  ...statusRoutes,
  ...managedDeviceRoutes,
  ...mobileAppRoutes,
  ...userRoutes,
  ...groupRoutes,
  ...connectorRoutes,
  ...adminApiRoutes,
  ...simulationRoutes,
];
