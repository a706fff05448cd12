// Package entra is the domain of the provider: what an App session is in Microsoft Entra ID, what one looks like in a
// tenant, and which changes lead from the one to the other. It performs no I/O and knows neither Terraform nor the
// Microsoft Graph SDK; package graph carries its changes out.
package entra
