variable "name" {
  description = "Name of the function and of its Cloud Run service; what Hosting's rewrites name."
  type        = string
}

variable "entry_point" {
  description = "The function in main.py."
  type        = string
}

variable "region" {
  type = string
}

variable "project_id" {
  type = string
}

variable "source_object" {
  description = "The bundle: bucket and object, whose name holds the bundle's hash."
  type = object({
    bucket = string
    object = string
  })
}

variable "service_account" {
  description = "E-mail address of the account that the function runs as; no other unit has it."
  type        = string
}

variable "build_service_account" {
  description = "Full name of the account that builds it."
  type        = string
}

variable "environment" {
  description = "Environment variables that are no secrets."
  type        = map(string)
  default     = {}
}

variable "secrets" {
  description = "Environment variable to secret: its id and the number of the version, never `latest`."
  type = map(object({
    secret  = string
    version = string
  }))
  default = {}
}

variable "public" {
  description = "Whether anybody may call it; it checks who calls by itself."
  type        = bool
  default     = false
}

variable "invokers" {
  description = "Who may call a function that is not public: IAM members by names that a plan knows."
  type        = map(string)
  default     = {}
}

variable "memory" {
  type    = string
  default = "512Mi"
}

variable "cpu" {
  description = "Processors of an instance; at least 1 wherever concurrency is above 1."
  type        = string
  default     = "1"
}

variable "concurrency" {
  description = "Requests that an instance works on at once; also the number of its threads."
  type        = number
  default     = 32
}

variable "min_instances" {
  type    = number
  default = 0
}

variable "max_instances" {
  type = number
}

variable "timeout_s" {
  type    = number
  default = 60
}
