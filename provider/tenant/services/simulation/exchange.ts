/** `/simulation/exchangeConnectors/check`, `mailAttempts` and `exchangeRefusals`: Exchange as people and tests meet it. */
import { z } from "zod";
import type { TenantContext } from "../../context";
import { findDeviceByEasId } from "../../devices/devices";
import { attemptMail, organizationsWithMailbox } from "../../exchange/attempt";
import { readRefusals, refusalSeed, writeRefusals } from "../../exchange/refusals";
import type { Reply, Route, RouteRequest } from "../../route";
import { findConnector } from "../../sync/connector";
import type { SetupFailure } from "../../sync/setup";
import { examineChange, examineNew } from "../connectorSetup";
import { done, missing, ok, read, readQuery, surface } from "./request";

export const exchangeRoutes: readonly Route[] = [
  { method: "POST", path: "/exchangeConnectors/check", ...surface, handle: checkConnector },
  { method: "POST", path: "/mailAttempts", ...surface, handle: attempt },
  { method: "GET", path: "/exchangeRefusals", ...surface, handle: (context) => ok({ value: readRefusals(context) }) },
  { method: "PUT", path: "/exchangeRefusals", ...surface, handle: setRefusals },
  { method: "DELETE", path: "/exchangeRefusals", ...surface, handle: clearRefusals },
];

// --- trying a set-up ------------------------------------------------------------------------------------------------

const checkQuery = z.strictObject({ id: z.string().min(1).optional() });

/** What making a connector would answer, or with its id changing one; nothing is made or changed. */
function checkConnector(context: TenantContext, request: RouteRequest): Reply {
  const { id } = readQuery(checkQuery, request);
  const before = id === undefined ? undefined : findConnector(context, id);
  if (id !== undefined && !before) throw missing(`There is no Exchange connector '${id}'.`);
  if (before) {
    const { failures, advice } = examineChange(context, before, request);
    return ok({ failures: failures.map(failureOf), advice });
  }
  const { failures, taken, advice } = examineNew(context, request);
  return ok({ failures: (taken ? [...failures, taken] : failures).map(failureOf), advice });
}

const failureOf = ({ rule, what, found, needed, message }: SetupFailure) => ({ rule, what, found, needed, message });

// --- devices that try to reach a mailbox ----------------------------------------------------------------------------

const name = z.string().min(1);
const attemptBody = z.strictObject({
  mailbox: name,
  deviceId: name,
  deviceType: name,
  deviceModel: name,
  deviceOS: z.string().optional(),
  userAgent: z.string().optional(),
  deviceFriendlyName: z.string().optional(),
  deviceImei: z.string().optional(),
  devicePhoneNumber: z.string().optional(),
  organization: name.optional(),
});

function attempt(context: TenantContext, request: RouteRequest): Reply {
  const { organization: asked, ...said } = read(attemptBody, request);
  const all = organizationsWithMailbox(context, said.mailbox);
  const found = asked === undefined ? all : all.filter((one) => one.toLowerCase() === asked.toLowerCase());
  const [organization] = found;
  if (organization === undefined) {
    throw missing(
      `${asked === undefined ? "No Exchange organization" : `'${asked}'`} has the mailbox '${said.mailbox}'.`,
    );
  }
  if (found.length > 1) {
    throw missing(
      `Several organizations have the mailbox '${said.mailbox}'; give one as organization: ${found.join(", ")}.`,
    );
  }
  const result = attemptMail(context, { organization, ...said });
  const { mailbox, deviceId } = said;
  const device = findDeviceByEasId(context, deviceId);
  context.events.add({
    kind: "mailAttempted",
    ...(device ? { deviceId: device.id, userId: device.userId ?? undefined } : {}),
    message: `The device ${deviceId} tries to reach the mailbox ${mailbox}. ${result.told}`,
    detail: {
      organization,
      mailbox,
      deviceId,
      answer: result.answer,
      DeviceAccessState: result.DeviceAccessState,
      DeviceAccessStateReason: result.DeviceAccessStateReason,
    },
  });
  return ok({ organization, mailbox, deviceId, ...result });
}

// --- scripted refusals ----------------------------------------------------------------------------------------------

const refusalsBody = z.strictObject({ value: z.array(refusalSeed) });

/** In the place of all that were there, those of the seed included. */
function setRefusals(context: TenantContext, request: RouteRequest): Reply {
  const { value } = read(refusalsBody, request);
  writeRefusals(context, value);
  return ok({ value });
}

function clearRefusals(context: TenantContext): Reply {
  writeRefusals(context, []);
  return done;
}
