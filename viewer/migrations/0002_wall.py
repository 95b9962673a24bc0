"""Put every table that carries a provider behind row-level security."""

from django.db import migrations

from portal.row_security import (
    NATION,
    PORTAL,
    RECEIVER,
    GiveRights,
    MakeTicketContext,
    ShowOwnRowsOnly,
    ShowToNationOnly,
)


class Migration(migrations.Migration):
    dependencies = [("viewer", "0001_records")]

    operations = [
        MakeTicketContext(),
        ShowOwnRowsOnly("COM210OutpatientAttendance"),
        ShowOwnRowsOnly("COM501HospitalProviderSpell"),
        ShowOwnRowsOnly("COM502WardStay"),
        ShowOwnRowsOnly("COM503DailyInpatientStatus"),
        ShowOwnRowsOnly("COM504WardBedState"),
        ShowOwnRowsOnly("COM801WaitingListAggregate"),
        ShowOwnRowsOnly("COM802DischargeAggregate"),
        ShowOwnRowsOnly("CYP000Header"),
        ShowOwnRowsOnly("CYP001MPI"),
        ShowOwnRowsOnly("CYP002GP"),
        ShowOwnRowsOnly("CYP101Referral"),
        ShowOwnRowsOnly("CYP102ServiceTypeReferredTo"),
        ShowOwnRowsOnly("CYP104RTT"),
        ShowOwnRowsOnly("CYP105OnwardReferral"),
        ShowOwnRowsOnly("CYP201CareContact"),
        ShowOwnRowsOnly("CYP202CareActivity"),
        ShowOwnRowsOnly("CYP606ProvDiag"),
        ShowOwnRowsOnly("CYP607PrimDiag"),
        ShowOwnRowsOnly("CYP608SecDiag"),
        ShowOwnRowsOnly("CYP609CodedAssessmentReferral"),
        ShowOwnRowsOnly("CYP612CodedAssessmentContact"),
        ShowOwnRowsOnly("Slot"),
        ShowOwnRowsOnly("Report"),
        ShowOwnRowsOnly("MeasureCount"),
        ShowOwnRowsOnly("DisplayPseudonym"),
        ShowToNationOnly("NationalFigure"),
        # the worker writes the comparisons of every provider with the nation's ticket
        ShowOwnRowsOnly("PeerFigure", to=f"(SELECT ctx.provider()) IN (provider, '{NATION}')"),
        GiveRights("Arrival", {RECEIVER: "SELECT, INSERT, UPDATE", PORTAL: "SELECT"}),
        GiveRights("RowsRead", {PORTAL: "SELECT, INSERT, UPDATE"}),
    ]
