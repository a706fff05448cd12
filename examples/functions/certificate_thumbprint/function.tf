# What sapio365 asks for, known before anything is created.
output "thumbprint" {
  value = provider::sapio365::certificate_thumbprint(file("${path.module}/certificate.pem"))
}
