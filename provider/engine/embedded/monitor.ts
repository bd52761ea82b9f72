/** The services that a program talks to: Pulumi's resource monitor, and its engine, which takes the log. */

import type { handleUnaryCall, ServiceError, UntypedServiceImplementation } from "@grpc/grpc-js";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import type {
  ReadResourceRequest,
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
  ResourceInvokeRequest,
  SupportsFeatureRequest,
} from "@pulumi/pulumi/proto/resource_pb";
import { EngineError } from "../engine";
import { type Deployment, fail, Stopped } from "./deployment";
import type { Planner } from "./planner";
import { goalOf, properties, readGoalOf, refusal } from "./requests";
import type { ResourceState } from "./resource-state";
import {
  CHANNEL_OPTIONS,
  Empty,
  EngineService,
  engineProto,
  grpc,
  ResourceMonitorService,
  resourceProto,
  Struct,
} from "./sdk";

/** What the program is told that the engine can do. Some is announced only to be refused here, by name. */
const FEATURES = [
  "SECRETS",
  "RESOURCE_REFERENCES",
  "ALIAS_SPECS",
  "REPLACEMENT_TRIGGER",
  "DELETED_WITH",
  "REPLACE_WITH",
  "TRANSFORMS",
  "INVOKE_TRANSFORMS",
  "RESOURCE_HOOKS",
  "ERROR_HOOKS",
  "STATE_MIGRATIONS",
] as const;

/** The same as older SDKs ask for them, one by one. */
const FEATURE_IDS = new Set([
  "secrets",
  "resourceReferences",
  "aliasSpecs",
  "deletedWith",
  "replaceWith",
  "transforms",
  "invokeTransforms",
  "resourceHooks",
  "errorHooks",
]);

const SEVERITIES = ["debug", "info", "warning", "error"] as const;

export interface Monitor {
  address: string;
  /** The stack's outputs, once the program has given them. */
  stackOutputs(): ResourceState["outputs"];
  /** A failure that is not the user's: a mistake in the engine, or a provider that died. */
  fault(): unknown;
  close(): void;
}

/** Serves a program on a port of its own. */
export async function startMonitor(deployment: Deployment, planner: Planner): Promise<Monitor> {
  const server = new grpc.Server(CHANNEL_OPTIONS);
  let stackOutputs: ResourceState["outputs"];
  let fault: unknown;

  /** Answers a call. Once the operation is stopped the program is told that the monitor is gone, and ends in silence. */
  const unary =
    <Request, Response>(
      answer: (request: Request) => Response | Promise<Response>,
    ): handleUnaryCall<Request, Response> =>
    (call, respond) => {
      const stopped = () =>
        respond({ code: grpc.status.UNAVAILABLE, details: "the operation was stopped" } as ServiceError, null);
      Promise.resolve(call.request)
        .then(answer)
        .then((response) => respond(null, response))
        .catch((error: unknown) => {
          if (error instanceof EngineError) fail(deployment, error.message);
          else if (!(error instanceof Stopped)) {
            fault ??= error;
            deployment.stop.abort();
          }
          stopped();
        });
    };
  const refused = (what: string) =>
    unary(() => {
      throw refusal(what);
    });

  const monitor: UntypedServiceImplementation = {
    getDeploymentInfo: unary(() => deploymentInfo(deployment)),
    supportsFeature: unary((request: SupportsFeatureRequest) => {
      const response = new resourceProto.SupportsFeatureResponse();
      response.setHassupport(FEATURE_IDS.has(request.getId()));
      return response;
    }),
    registerResource: unary(async (request: RegisterResourceRequest) => {
      const state = await planner.register(goalOf(request));
      const response = new resourceProto.RegisterResourceResponse();
      response.setUrn(state.urn);
      response.setId(state.id ?? "");
      response.setObject(Struct.fromJavaScript(state.custom ? (state.outputs ?? {}) : {}));
      return response;
    }),
    registerResourceOutputs: unary((request: RegisterResourceOutputsRequest) => {
      const outputs = properties(request.getOutputs());
      if (request.getUrn().includes("::pulumi:pulumi:Stack::")) stackOutputs = outputs;
      planner.registerOutputs(request.getUrn(), outputs);
      return new Empty();
    }),
    readResource: unary(async (request: ReadResourceRequest) => {
      const state = await planner.read(readGoalOf(request));
      const response = new resourceProto.ReadResourceResponse();
      response.setUrn(state.urn);
      response.setProperties(Struct.fromJavaScript(state.outputs ?? {}));
      return response;
    }),
    invoke: unary((request: ResourceInvokeRequest) => {
      const token = request.getTok();
      throw refusal(
        token.startsWith("pulumi:pulumi:")
          ? `A reference to another stack or resource (${token})`
          : `The function ${token}`,
      );
    }),
    call: refused("A method call on a component"),
    registerStackTransform: refused("A transform of the stack"),
    registerStackInvokeTransform: refused("A transform of function calls"),
    registerResourceHook: refused("A resource hook"),
    registerErrorHook: refused("An error hook"),
    registerPackage: refused("A parameterized package"),
    signalAndWaitForShutdown: unary(() => new Empty()),
  };
  const engine: UntypedServiceImplementation = {
    log: unary((request: LogRequest) => {
      const severity = SEVERITIES[request.getSeverity()] ?? "info";
      // The SDK logs each of its own steps at this level.
      if (severity !== "debug") deployment.report.diagnostic(severity, request.getMessage(), request.getUrn());
      return new Empty();
    }),
    getRootResource: unary(() => new engineProto.GetRootResourceResponse()),
    setRootResource: unary(() => new engineProto.SetRootResourceResponse()),
    startDebugging: unary(() => new Empty()),
    requirePulumiVersion: unary(() => new engineProto.RequirePulumiVersionResponse()),
  };
  server.addService(ResourceMonitorService, monitor);
  server.addService(EngineService, engine);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return {
    address: `127.0.0.1:${port}`,
    stackOutputs: () => stackOutputs,
    fault: () => fault,
    close: () => server.forceShutdown(),
  };
}

function deploymentInfo({ project, stack, dryRun }: Deployment) {
  const info = new resourceProto.DeploymentInfo();
  info.setProject(project.name);
  info.setStack(stack);
  info.setOrganization("organization");
  info.setDryrun(dryRun);
  const features = resourceProto.ResourceMonitorFeature;
  info.setSupportedfeaturesList(FEATURES.map((name) => features[`RESOURCE_MONITOR_FEATURE_${name}`]));
  return info;
}
