"""The people who sign in. There are no superusers: what a person may do comes from grants alone."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from portal.models.history import keep_history


class People(BaseUserManager["User"]):
    """Makes people, whose e-mail address is their name for signing in."""

    def create_user(self, email: str, password: str | None = None, **extra: object) -> "User":
        """Make a person; without a password nobody can sign in as them yet."""
        person = self.model(email=self.normalize_email(email).lower(), **extra)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the person with an e-mail address, however it is capitalised."""
        return self.get(email__iexact=username)


@keep_history(without=("password", "last_login"))
class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account on this instance."""

    email = models.EmailField("work e-mail address", unique=True)
    name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField("may sign in", default=True)
    date_joined = models.DateTimeField("account made", default=timezone.now)
    left_at = models.DateTimeField("left at", null=True, blank=True)
    is_superuser = None  # nobody sees data by being a superuser

    # the providers this session may see at most, where the person's organisation said so
    limited_to: frozenset[str] | None = None

    objects: ClassVar[People] = People()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        ordering = ["email"]
        constraints = [models.UniqueConstraint(Lower("email"), name="one_person_per_address")]
        permissions = [
            ("view_overview", "Can see the national overview"),
            ("read_trail", "Can read the audit trail"),
            ("operate_collection", "Can see the queue and what is stuck, and put it right"),
            ("manage_specification", "Can compare and release data set specifications"),
            ("administer", "Can administer organisations, people and grants"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """Whether the Django admin lets the person in."""
        return self.has_perm("portal.administer")

    def get_full_name(self) -> str:
        """Return the name by which pages call the person."""
        return str(self)
