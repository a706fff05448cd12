variable "path" {
  description = "File of the customers."
  type        = string
}

variable "tiers" {
  description = "The sessions that each service tier comes with, of no type yet."
  type        = any
}
