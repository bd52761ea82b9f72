/** All endpoints of the tenant: one row each, service by service. */
import type { Route } from "./route";
import { assignmentRoutes } from "./services/assignments";
import { connectorRoutes } from "./services/connectors";
import { deviceConfigurationRoutes } from "./services/deviceConfigurations";
import { groupRoutes } from "./services/groups";
import { managedDeviceRoutes } from "./services/managedDevices";
import { mobileAppRoutes } from "./services/mobileApps";
import { simulationRoutes } from "./services/simulation";
import { statusRoutes } from "./services/statuses";
import { userRoutes } from "./services/users";

export const routes: readonly Route[] = [
  ...deviceConfigurationRoutes,
  ...assignmentRoutes,
  ...statusRoutes,
  ...managedDeviceRoutes,
  ...mobileAppRoutes,
  ...userRoutes,
  ...groupRoutes,
  ...connectorRoutes,
  ...simulationRoutes,
];
