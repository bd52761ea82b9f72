/** What the engine takes from Pulumi's SDK: its gRPC definitions, and the libraries that these need, of the SDK's own version. */

import { createRequire } from "node:module";

const requireFromSdk = createRequire(require.resolve("@pulumi/pulumi/package.json"));

export const grpc: typeof import("@grpc/grpc-js") = requireFromSdk("@grpc/grpc-js");
export const { Struct, Value: StructValue }: typeof import("google-protobuf/google/protobuf/struct_pb") =
  requireFromSdk("google-protobuf/google/protobuf/struct_pb");
export const { Empty }: typeof import("google-protobuf/google/protobuf/empty_pb") = requireFromSdk(
  "google-protobuf/google/protobuf/empty_pb",
);

export { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
export * as engineProto from "@pulumi/pulumi/proto/engine_pb";
export { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
export * as providerProto from "@pulumi/pulumi/proto/provider_pb";
export { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
export * as resourceProto from "@pulumi/pulumi/proto/resource_pb";
export * as statusProto from "@pulumi/pulumi/proto/status_pb";

/** As large a message as the SDK itself allows. */
export const CHANNEL_OPTIONS = {
  "grpc.max_receive_message_length": 400 * 1024 * 1024,
  "grpc.max_send_message_length": 400 * 1024 * 1024,
};
