//! What was done, for duties: the records that prove facts, grouped by fact, subject, day and moment, in one statement for each declaration.

use std::borrow::Cow;

use chrono::NaiveDate;
use kit::dates::shanghai_start;
use kit::duty::{Act, Fact, Fulfil};
use kit::{Kind, Noun, Query, Scope, Test};
use sea_orm::QueryResult;
use uuid::Uuid;

use crate::error::StoreError;
use crate::sql::{Sql, where_clause};
use crate::store::Store;

/// For which days, and of whom, something is asked.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    pub first: NaiveDate,
    pub last: NaiveDate,
    /// The facts in question, where a record says in a field which it is.
    pub facts: &'a [String],
    /// Only these subjects; `None` for all in scope.
    pub subjects: Option<&'a [Uuid]>,
    /// Days within which an entry counts for its day.
    pub grace: u32,
}

/// Which fact was done, for whom, and when.
pub type Proven = (Cow<'static, str>, Uuid, Act);

impl Store {
    /// What the records of a noun prove, in order of day: one statement.
    pub async fn proofs(
        &self,
        noun: &Noun,
        fulfil: &Fulfil,
        asked: &Asked<'_>,
        scope: &Scope,
    ) -> Result<Vec<Proven>, StoreError> {
        let mut sql = statement(noun, fulfil);
        where_clause(&mut sql, noun, &question(fulfil, asked), scope);
        of_subjects(&mut sql, fulfil.subject, asked.subjects);
        sql.push(" group by 1, 2, 3, 4 order by 3, 4");
        let dated = !fulfil.recorded && noun.field(fulfil.done).is_some_and(|field| matches!(field.kind, Kind::Date));
        let rows = self.pools.all(sql).await?;
        let mut proven = Vec::with_capacity(rows.len());
        for row in &rows {
            let Some(subject) = row.try_get_by_index::<Option<Uuid>>(1)? else { continue };
            let day: NaiveDate = row.try_get_by_index(2)?;
            let Some(at) = moment(row, dated)? else { continue };
            let count = u32::try_from(row.try_get_by_index::<i64>(4)?).unwrap_or(u32::MAX);
            let act = if fulfil.entered { Act::entered(day, at, count, asked.grace) } else { Act { day, at, count } };
            let fact = match fulfil.fact {
                Fact::Is(fact) => Cow::Borrowed(fact),
                Fact::In(_) => Cow::Owned(row.try_get_by_index(0)?),
            };
            proven.push((fact, subject, act));
        }
        Ok(proven)
    }

    /// How many classes of each school did it on each day, in one statement: a county's class duties as counts.
    pub async fn class_days(
        &self,
        noun: &Noun,
        fulfil: &Fulfil,
        asked: &Asked<'_>,
        scope: &Scope,
    ) -> Result<Vec<(String, Uuid, NaiveDate, i64)>, StoreError> {
        let Some(school) = fulfil.school else { return Ok(Vec::new()) };
        let fact = fact_of(fulfil);
        let (day, class) = (fulfil.day, fulfil.subject);
        let mut sql = Sql::new(format!(
            "select {fact}, \"{school}\", \"{day}\", count(distinct \"{class}\") from \"{}\"",
            noun.name
        ));
        where_clause(&mut sql, noun, &question(fulfil, asked), scope);
        of_subjects(&mut sql, school, asked.subjects);
        sql.push(" group by 1, 2, 3 order by 3");
        let rows = self.pools.all(sql).await?;
        let read = |row: &QueryResult| {
            let fact = match fulfil.fact {
                Fact::Is(fact) => fact.to_owned(),
                Fact::In(_) => row.try_get_by_index(0)?,
            };
            Ok((fact, row.try_get_by_index(1)?, row.try_get_by_index(2)?, row.try_get_by_index(3)?))
        };
        rows.iter().map(read).collect()
    }
}

/// The fact's column: the field that holds it, or nothing worth sending.
fn fact_of(fulfil: &Fulfil) -> String {
    match fulfil.fact {
        Fact::Is(_) => "1".to_owned(),
        Fact::In(field) => format!("\"{field}\""),
    }
}

fn statement(noun: &Noun, fulfil: &Fulfil) -> Sql {
    let Fulfil { subject, day, .. } = fulfil;
    let (fact, done, noun) = (fact_of(fulfil), done_of(noun, fulfil), noun.name);
    Sql::new(format!("select {fact}, \"{subject}\", \"{day}\", {done} as done, count(*) from \"{noun}\""))
}

/// When it was done: what the record says, or the telephone on which it was done, or the time of its first event.
fn done_of(noun: &Noun, fulfil: &Fulfil) -> String {
    let done = fulfil.done;
    match fulfil.away {
        Some((away, wrong)) => {
            let believed = format!("\"{wrong}\" is null and \"{away}\" < \"{done}\"");
            return format!("case when {believed} then \"{away}\" else \"{done}\" end");
        }
        None if !fulfil.recorded => return format!("\"{done}\""),
        None => {}
    }
    let noun = noun.name;
    format!(
        "(select e.at from event e where e.record = \"{noun}\".\"id\" and e.noun = '{noun}' order by e.seq limit 1)"
    )
}

fn question(fulfil: &Fulfil, asked: &Asked<'_>) -> Query {
    let query = (fulfil.only)().within(fulfil.day, asked.first, asked.last).filter(fulfil.done, Test::Present);
    match fulfil.fact {
        Fact::Is(_) => query,
        Fact::In(field) => query.among(field, &asked.facts.iter().map(String::as_str).collect::<Vec<_>>()),
    }
}

fn of_subjects(sql: &mut Sql, field: &str, subjects: Option<&[Uuid]>) {
    if let Some(subjects) = subjects {
        sql.push(" and \"").push(field).push("\" in ").bind_ids(subjects.iter().copied());
    }
}

fn moment(row: &QueryResult, dated: bool) -> Result<Option<i64>, StoreError> {
    Ok(if dated { row.try_get_by_index::<Option<NaiveDate>>(3)?.map(shanghai_start) } else { row.try_get_by_index(3)? })
}
