/** The SDK's dynamic-provider server, run in the program's folder as the Pulumi CLI does, and spoken to in plain calls. */

import type { ServiceError } from "@grpc/grpc-js";
import type { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { EngineError } from "../engine";
import { type Child, resolveFromProgram, startNode } from "./child";
import { keepSecrets, type Properties, plainProperties, type Value } from "./properties";
import { CHANNEL_OPTIONS, grpc, providerProto, ResourceProviderClient, Struct, statusProto } from "./sdk";

export interface CheckFailure {
  property: string;
  reason: string;
}

export interface Diff {
  changes: "none" | "some" | "unknown";
  replaces: string[];
  deleteBeforeReplace: boolean;
}

export interface Provider {
  check(urn: string, olds: Properties, news: Properties): Promise<{ inputs: Properties; failures: CheckFailure[] }>;
  /** Compares old outputs with new inputs. */
  diff(urn: string, id: string, olds: { inputs: Properties; outputs: Properties }, news: Properties): Promise<Diff>;
  create(urn: string, inputs: Properties): Promise<{ id: string; outputs: Properties }>;
  update(
    urn: string,
    id: string,
    olds: { inputs: Properties; outputs: Properties },
    news: Properties,
  ): Promise<Properties>;
  /** No id in the answer means that the object is gone. */
  read(
    urn: string,
    id: string,
    inputs: Properties,
    outputs: Properties,
  ): Promise<{ id: string; outputs: Properties; inputs?: Properties }>;
  delete(urn: string, id: string, inputs: Properties, outputs: Properties): Promise<void>;
  close(): Promise<void>;
}

/** A provider's own failure. `partial` is there where the object exists all the same. */
export class ProviderError extends Error {
  constructor(
    message: string,
    readonly partial?: { id: string; outputs: Properties; reasons: string[] },
  ) {
    super(message);
  }
}

export interface ProviderOptions {
  project: string;
  programFolder: string;
  env: NodeJS.ProcessEnv;
  /** The whole configuration of the stack, by namespaced key. */
  config: Record<string, string>;
  onOutput: (stream: "stdout" | "stderr", line: string) => void;
}

/** Starts the server and configures it. Calls made meanwhile wait for it. */
export function startProvider(options: ProviderOptions): Provider {
  const script = resolveFromProgram(options.programFolder, "cmd/dynamic-provider");
  let portFound: (port: string) => void;
  const port = new Promise<string>((resolve) => {
    portFound = resolve;
  });
  let firstLine = true;
  // The server asks for the engine's address, and does not use it.
  const child: Child = startNode(script, ["127.0.0.1:0"], {
    cwd: options.programFolder,
    env: { ...options.env, PULUMI_NODEJS_PROJECT: options.project, PULUMI_PROJECT: options.project },
    onStdout(line) {
      if (!firstLine) return options.onOutput("stdout", line);
      firstLine = false;
      portFound(line.trim());
    },
    onStderr: (line) => options.onOutput("stderr", line),
  });
  const died = child.ended.then(({ code, signal }) => {
    throw new EngineError(`The provider's process ended before its time (${signal ?? `exit code ${code}`}).`);
  });
  died.catch(() => {});
  const connected = Promise.race([port, died]).then((found) => connect(found, options.config));
  connected.catch(() => {});
  return {
    ...callsOf(async <Response>(method: Method, request: object) => {
      const client = await connected;
      return Promise.race([invoke<Response>(client, method, request), died]);
    }),
    async close() {
      connected.then((client) => client.close()).catch(() => {});
      await child.end();
    },
  };
}

/** How long a provider that has named its port may take to answer there. */
const READY_MS = 20_000;

async function connect(port: string, config: Record<string, string>): Promise<ResourceProviderClient> {
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), CHANNEL_OPTIONS);
  await ready(client);
  const request = new providerProto.ConfigureRequest();
  request.setArgs(toStruct(config));
  await invoke(client, "configure", request);
  return client;
}

function ready(client: ResourceProviderClient): Promise<void> {
  return new Promise((resolve, reject) => {
    client.waitForReady(Date.now() + READY_MS, (error) => {
      if (error) reject(new EngineError(`The provider's process did not answer within ${READY_MS / 1000} seconds.`));
      else resolve();
    });
  });
}

type Method = "configure" | "check" | "diff" | "create" | "update" | "read" | "delete";
type Invoke = <Response>(method: Method, request: object) => Promise<Response>;
type Unary<Response> = (request: object, done: (error: ServiceError | null, response: Response) => void) => void;

function invoke<Response>(client: ResourceProviderClient, method: Method, request: object): Promise<Response> {
  return new Promise((resolve, reject) => {
    const call = client[method].bind(client) as unknown as Unary<Response>;
    call(request, (error, response) => (error ? reject(providerError(error)) : resolve(response)));
  });
}

/** The dynamic provider takes neither secrets nor references: they are unwrapped before, and what was secret is marked after. */
function callsOf(call: Invoke): Omit<Provider, "close"> {
  return {
    async check(urn, olds, news) {
      const request = new providerProto.CheckRequest();
      request.setUrn(urn);
      request.setOlds(toStruct(olds));
      request.setNews(toStruct(news));
      const response = await call<InstanceType<typeof providerProto.CheckResponse>>("check", request);
      const failures = response.getFailuresList().map((failure) => ({
        property: failure.getProperty(),
        reason: failure.getReason(),
      }));
      return { inputs: keepSecrets(fromStruct(response.getInputs()), news), failures };
    },
    async diff(urn, id, olds, news) {
      const request = new providerProto.DiffRequest();
      request.setUrn(urn);
      request.setId(id);
      request.setOlds(toStruct(olds.outputs));
      request.setOldInputs(toStruct(olds.inputs));
      request.setNews(toStruct(news));
      const response = await call<InstanceType<typeof providerProto.DiffResponse>>("diff", request);
      return {
        changes: (["unknown", "none", "some"] as const)[response.getChanges()],
        replaces: response.getReplacesList(),
        deleteBeforeReplace: response.getDeletebeforereplace(),
      };
    },
    async create(urn, inputs) {
      const request = new providerProto.CreateRequest();
      request.setUrn(urn);
      request.setProperties(toStruct(inputs));
      try {
        const response = await call<InstanceType<typeof providerProto.CreateResponse>>("create", request);
        const id = response.getId();
        if (!id) throw new ProviderError("the provider gave no id for the resource that it created");
        return { id, outputs: keepSecrets(fromStruct(response.getProperties()), inputs) };
      } catch (error) {
        throw withSecrets(error, inputs);
      }
    },
    async update(urn, id, olds, news) {
      const request = new providerProto.UpdateRequest();
      request.setUrn(urn);
      request.setId(id);
      request.setOlds(toStruct(olds.outputs));
      request.setOldInputs(toStruct(olds.inputs));
      request.setNews(toStruct(news));
      try {
        const response = await call<InstanceType<typeof providerProto.UpdateResponse>>("update", request);
        return keepSecrets(fromStruct(response.getProperties()), news);
      } catch (error) {
        throw withSecrets(error, news);
      }
    },
    async read(urn, id, inputs, outputs) {
      const request = new providerProto.ReadRequest();
      request.setUrn(urn);
      request.setId(id);
      request.setInputs(toStruct(inputs));
      request.setProperties(toStruct(outputs));
      const response = await call<InstanceType<typeof providerProto.ReadResponse>>("read", request);
      return {
        id: response.getId(),
        outputs: keepSecrets(fromStruct(response.getProperties()), outputs),
        ...(response.hasInputs() && { inputs: keepSecrets(fromStruct(response.getInputs()), inputs) }),
      };
    },
    async delete(urn, id, inputs, outputs) {
      const request = new providerProto.DeleteRequest();
      request.setUrn(urn);
      request.setId(id);
      request.setOldInputs(toStruct(inputs));
      request.setProperties(toStruct(outputs));
      await call("delete", request);
    },
  };
}

function toStruct(properties: Properties) {
  return Struct.fromJavaScript(plainProperties(properties));
}

function fromStruct(struct: InstanceType<typeof Struct> | undefined): Properties {
  return (struct?.toJavaScript() ?? {}) as { [key: string]: Value };
}

function withSecrets(error: unknown, inputs: Properties): unknown {
  if (error instanceof ProviderError && error.partial) keepSecrets(error.partial.outputs, inputs);
  return error;
}

const INIT_FAILED = "pulumirpc.ErrorResourceInitFailed";

/** A gRPC error with the details of a resource that exists although its creation failed, where it has them. */
function providerError(error: ServiceError): ProviderError {
  const [details] = error.metadata?.get("grpc-status-details-bin") ?? [];
  if (!(details instanceof Buffer)) return new ProviderError(error.details || error.message);
  const failed = statusProto.Status.deserializeBinary(details)
    .getDetailsList()
    .map((any) =>
      any.unpack<ErrorResourceInitFailed>(providerProto.ErrorResourceInitFailed.deserializeBinary, INIT_FAILED),
    )
    .find((unpacked) => unpacked !== null);
  if (!failed) return new ProviderError(error.details || error.message);
  return new ProviderError(error.details, {
    id: failed.getId(),
    outputs: fromStruct(failed.getProperties()),
    reasons: failed.getReasonsList(),
  });
}
