// Package graph is the gateway to Microsoft Graph. It implements the ports of package entra: it turns changes into
// requests, packs them into as few round trips as their dependencies allow, waits for what Microsoft Entra ID
// replicates with delay, and turns refusals into the errors of the domain. Only this package knows the SDK and HTTP
// status codes.
package graph
