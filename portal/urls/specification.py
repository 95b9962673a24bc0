"""The pages of the data set specification, the same on both instances."""

from django.urls import path

from portal import specification_pages

app_name = "specification"

urlpatterns = [
    path("", specification_pages.index, name="index"),
    path("<str:version>/", specification_pages.version, name="version"),
    path("<str:version>/changes/", specification_pages.changes, name="changes"),
    path("<str:version>/measures/", specification_pages.measures, name="measures"),
    path("<str:version>/codes/<str:name>/", specification_pages.value_set, name="value_set"),
    path("<str:version>/<str:table>/", specification_pages.table, name="table"),
]
