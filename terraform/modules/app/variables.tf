variable "project_id" {
  type = string
}

variable "region" {
  description = "Hosting's rewrites in firebase.json name it as well."
  type        = string
  default     = "us-central1"
}

variable "firestore_location" {
  type    = string
  default = "nam5"
}

variable "bundles" {
  description = "Folder that `make bundle` made, with manifest.json."
  type        = string
}

variable "voice_image" {
  description = "The voice service's image by digest: `…@sha256:…`."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.voice_image))
    error_message = "Name the image by its digest: a tag can move under a running service."
  }
}

variable "public_url" {
  description = "Where people reach the product, for example https://PROJECT.web.app; without a slash at its end."
  type        = string
}

variable "secret_versions" {
  description = "Numbers of the versions in use, by secret: raise one after adding a value."
  type = object({
    assemblyai-api-key = number
    anthropic-api-key  = number
    notion-token       = number
    git-token          = number
  })
}

variable "secret_values" {
  description = "Values to store, by secret; written once for each number of secret_versions, kept in no state."
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
}

variable "git" {
  description = "The deployment's own repository and the user of its token; empty where each workspace brings its own."
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
  description = "Users that the deployment's own keys serve, beside those with the claim `member`."
  type        = list(string)
  default     = []
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
  description = "Who hears of alarms."
  type        = list(string)
}

variable "billing_account" {
  description = "Billing account of the budget alert; empty for none."
  type        = string
  default     = ""
}

variable "monthly_budget" {
  description = "Whole units of the billing account's currency."
  type        = number
  default     = 100
}

variable "voice" {
  description = "Size of the voice service. Concurrency: sessions of an instance, see benchmarks/README.md."
  type = object({
    min_instances = optional(number, 1)
    max_instances = optional(number, 10)
    concurrency   = optional(number, 200)
    cpu           = optional(string, "2")
    memory        = optional(string, "1Gi")
  })
  default = {}
}

variable "max_instances" {
  description = "Most instances of each function."
  type        = number
  default     = 20
}

variable "min_instances" {
  description = "Instances of each public function that are kept warm."
  type        = number
  default     = 0
}

variable "traces" {
  description = "One in so many traces is recorded, see docs/operate.md; 1 records all, 0 none."
  type        = number
  default     = 20

  validation {
    condition     = var.traces >= 0 && floor(var.traces) == var.traces
    error_message = "This is a whole number."
  }
}

variable "deletion_protection" {
  type    = bool
  default = true
}
