import { PolicyPack } from "@pulumi/policy";
import { resourcePolicies } from "./resources";
import { stackPolicies } from "./stack";

new PolicyPack("intune-mail", { policies: [...resourcePolicies, ...stackPolicies] });
