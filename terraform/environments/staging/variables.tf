variable "project_id" {
  type = string
}

variable "region" {
  description = "Where everything runs; firebase.json names it in each of Hosting's rewrites as well."
  type        = string
  default     = "us-central1"

  validation {
    condition = alltrue([
      for each in try(jsondecode(file("${path.module}/../../../firebase.json")).hosting.rewrites, []) :
      each.run.region == var.region
    ])
    error_message = "Hosting would look for the functions elsewhere: name the same region in firebase.json."
  }
}

variable "firestore_location" {
  description = "Where the state is kept; it never moves."
  type        = string
  default     = "nam5"
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

variable "notion_requests_per_min" {
  description = "What Notion allows each connection."
  type        = number
  default     = 180

  validation {
    condition     = var.notion_requests_per_min >= 20 && var.notion_requests_per_min <= 6000
    error_message = "From 20 to 6000."
  }
}

variable "git" {
  type = object({
    url      = optional(string, "")
    username = optional(string, "")
  })
  default = {}
}

variable "git_hosts" {
  description = "Hosts that repositories may be on."
  type        = list(string)
  default     = ["github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "dev.azure.com"]
}

variable "members" {
  type    = list(string)
  default = []
}

variable "daily_limits" {
  description = "What a person may use in a day: seconds of open speech, and calls of the model."
  type = object({
    audio_s     = optional(number, 14400)
    model_calls = optional(number, 1000)
  })
  default = {}
}

variable "alert_emails" {
  type = list(string)
}

variable "billing_account" {
  description = "Whose bill the budget alert watches; empty for no alert."
  type        = string
}

variable "monthly_budget" {
  type    = number
  default = 100
}

variable "voice" {
  description = "Instances of the voice service, of 2 processors and 1 GiB each; the least are kept warm."
  type = object({
    min_instances = optional(number, 0)
    max_instances = optional(number, 2)
  })
  default = {}
}

variable "max_instances" {
  description = "Most instances of each function, of 1 processor and up to 1 GiB each."
  type        = number
  default     = 3
}
