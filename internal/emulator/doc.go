// Package emulator emulates Microsoft Graph and the sign-in endpoints of Entra ID over HTTPS, for any number of tenants,
// as far as App sessions need them. It is the ground on which the provider is tested, and on which users test their
// modules offline. It is stateful, and strict: what Graph refuses, it refuses, with Graph's status, code and wording. Where
// Microsoft's documents contradict each other or say nothing, the stricter reading holds, and a comment at the place
// says so.
//
// # What is emulated
//
// Sign-in: the metadata and key documents, and the client credentials grant with a client secret or with an assertion
// that is verified against the certificates on the application. Access tokens are signed, carry the application
// permissions (roles) and directory roles (wids) at the time of issue, and refusals carry their AADSTS numbers.
//
// Graph v1.0: applications with their credentials, owners, app roles, scopes, directory extensions and unique names;
// service principals; app role assignments seen from both ends; delegated permission grants; directory roles, their
// definitions and assignments; app management policies and their enforcement; users and groups, as far as memberships
// and assignments need them; organization and domains; a partner's contracts and delegated admin relationships, to
// read; deleted items; directory objects; batches. Every request body is checked against the types of Graph's metadata,
// every caller against the permissions that its token holds, ownership (Application.ReadWrite.OwnedBy) included. A
// tenant starts with the service principals of Microsoft Graph, Exchange Online and SharePoint Online with their real
// permission ids, the built-in directory roles, and one administrator.
//
// # What is not
//
// There is no sign-in of users and no delegated access, no beta version, no $expand, $search, $orderby or advanced
// filters, no conditional access or privileged identity management. Directory roles show in tokens and do not give a
// caller rights in Graph. Groups have no dynamic members. Exemptions (excludeActors) of app management policies are
// stored and not applied. The refusal SignInAudienceNotAllowedAsPerAppPolicy never occurs: v1.0 has no restriction of
// audiences that could cause it. A client is not kept on one replica.
//
// # Conditions
//
// Conditions make the service fail as the real one does, request by request and repeatably: Options.Conditions from the
// start, Server.SetConditions and Tenant.SetConditions at any time.
//
//   - Rules delay requests and parts of batches, refuse them before or after they are carried out, and break connections.
//   - Lags let requests meet replicas that show what was: objects that are not there yet or still, targets of writes that
//     are absent, references that are refused with the misleading messages of the real service, service principals without
//     the new roles of their application, credentials that do not sign in yet. Writes and their checks for uniqueness see
//     the present.
//   - Throttling counts resource units and writes, and refuses what is beyond the limits.
//   - A foreign writer adds credentials to applications that are being written to, as somebody at the portal does.
//     Tenant.ForeignCredentials tells which, so that a test can see whether any was lost.
//   - Writes to one application conflict in parallel parts of a batch.
//
// Server.Advance lets time pass. What the tenant's administrator does (Tenant.Do, Tenant.Caller) meets no conditions;
// others see it as late as anything. Without conditions, every change is visible at once, and nobody is throttled.
//
// conditions.Parse reads conditions from JSON, with the fields' names in snake case and durations as in "1.5s":
//
//	{
//	  "seed": 7,
//	  "rules": [
//	    {"method": "POST", "path": "applications/{}/addPassword", "to": 2, "answer": {"status": 503, "retry_after": "2s"}},
//	    {"path": "$batch", "probability": 0.05, "reset": true, "applied": true},
//	    {"path": "*", "of": "batch parts", "probability": 0.1, "delay": "1s"}
//	  ],
//	  "lags": [
//	    {"kind": "application", "purpose": "read", "delay": "8s", "probability": 0.5},
//	    {"purpose": "copy", "delay": "20s", "probability": 1}
//	  ],
//	  "throttling": {"tenant_size": "small"},
//	  "foreign_writer": {"probability": 0.2, "certificates": true},
//	  "conflicts": 0.1
//	}
//
// Unknown fields, kinds, purposes and paths, and what makes no sense together, are refused by name.
//
// # In process
//
// A server made by New has no sockets: its clients call it directly. In a bubble of testing/synctest, it lives in the
// bubble's time, so that waiting costs nothing. One server can serve many bubbles, each with tenants of its own.
//
// # Layout
//
//	conditions  what goes wrong, and the decisions about it
//	edm         the types of Graph's metadata, and the check of bodies against them
//	odata       resource paths and query options
//	directory   the state of the tenants
//	login       sign-in: who may have which token
//	graph       the Graph resources: routes, permissions, rules, answers
//
// Every request takes the one chain of Server.handler, and every look at the state goes through directory.Store.View
// with the purpose of the look, the one place where the present and the past differ.
package emulator
