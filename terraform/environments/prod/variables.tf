variable "project_id" {
  type = string
}

variable "region" {
  type    = string
  default = "us-central1"
}

variable "voice_image" {
  type = string
}

variable "public_url" {
  type = string
}

variable "secret_versions" {
  type = object({
    assemblyai-api-key = number
    anthropic-api-key  = number
    notion-token       = optional(number, 0)
    git-token          = optional(number, 0)
  })
}

variable "secret_values" {
  type = object({
    assemblyai-api-key = string
    anthropic-api-key  = string
    notion-token       = optional(string, "")
    git-token          = optional(string, "")
  })
  sensitive = true
  ephemeral = true
}

variable "notion_docs_db_id" {
  type    = string
  default = ""
}

variable "git" {
  type = object({
    url      = optional(string, "")
    username = optional(string, "")
  })
  default = {}
}

variable "members" {
  type    = list(string)
  default = []
}

variable "alert_emails" {
  type = list(string)
}

variable "billing_account" {
  type    = string
  default = ""
}

variable "monthly_budget" {
  type    = number
  default = 100
}
