"""What a fresh local stack begins with; only ever written to emulators and stand-ins."""

from dev.seed.people import PEOPLE, User, seed_users

__all__ = ["PEOPLE", "User", "seed_users"]
